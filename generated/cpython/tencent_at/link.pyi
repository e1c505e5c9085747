# Copied from runtime/cpython/link.pyi: edit that.
"""The types of the engine's link, whose dialect has no words for most of them; a test holds the names against it."""

class Link:
    """One module's side of the dialogue. `size`: bytes of the longest message with its head."""

    at: int
    buf: bytearray
    code: int | None
    count: int
    data: bytearray | memoryview | None
    doubt: bool
    dropped: int
    end: int
    error: int
    errors: str
    fill: int
    form: list[str]
    head: int
    heads: bytes
    input: bytes | bytearray | None
    left: int
    line: bytes
    look: int
    noise: int
    offset: int
    owes: int
    partial: int
    seen: int
    size: int
    start: int
    stop: int
    topic: int

    def __init__(self, size: int) -> None: ...
    def send(self, form: list[str], line: bytes, data: bytearray | memoryview | None) -> bytes: ...
    def cut(self) -> None: ...
    def more(self) -> None: ...
    def less(self, i: int) -> None: ...
    def receive(self, data: bytes | bytearray, n: int) -> None: ...
    def next_event(self) -> int: ...
