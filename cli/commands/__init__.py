"""One file for each word a person types, or for a few that belong together."""
