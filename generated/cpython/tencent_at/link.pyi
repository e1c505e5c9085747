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
    form: str
    format: str
    head: int
    input: bytes | bytearray
    key: bytearray
    keys: bytes
    left: int
    line: bytes | bytearray
    name: bytes
    noise: int
    offset: int
    owed: int
    owes: int
    partial: int
    read: int
    search: int
    size: int
    start: int
    stop: int
    topic: int

    def __init__(self, size: int) -> None: ...
    def send(
        self, form: str, line: bytes | bytearray, data: bytearray | memoryview | None
    ) -> None: ...
    def cut(self) -> None: ...
    def receive(self, data: bytes | bytearray, n: int) -> None: ...
    def copy(self, data: bytes | bytearray, i: int, n: int) -> int: ...
    def extend(self) -> None: ...
    def index(self, a: int, k: int) -> int: ...
    def match(self, a: int, k: int) -> bool: ...
    def open(self, a: int, e: int) -> None: ...
    def sort(self, a: int, e: int, stop: int) -> int: ...
    def split(self, owes: int) -> int: ...
    def torn(self, stop: int) -> None: ...
    def next_event(self) -> int: ...
