"""Pages for people: the site, its pictures, and the blocks of code in what is written."""
