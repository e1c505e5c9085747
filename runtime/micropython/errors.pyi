TEXTS: str

def explain(error: OSError) -> str:
    """An Error in words: the call, what became of it, the number and its meaning."""
