TEXTS: str
KINDS: tuple[str, ...]
REFUSED: int
FAILED: int
BUSY: int
RESET: int
TIMEOUT: int
DAMAGED: int
SWALLOWED: int
STUCK: int

def explain(error: OSError) -> str:
    """An Error in words: the call, what became of it, the number and its meaning."""
