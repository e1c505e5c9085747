"""The engine's link beside its text before the framer worked on chunks: the same bytes, and what each makes of them."""
