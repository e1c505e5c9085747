"""The module's end of a wire, as simple as can be: it answers every command at once and keeps what was written.

Played on MicroPython too, so in its dialect.
"""

OK = b"\r\nOK\r\n"
# What answers a command, and then its payload; others get OK, TC commands their result.
SPECIAL = {
    b"+TCMQTTPUBL": (OK + b">", b"+TCMQTTPUBL:OK\r\n" + OK),
    b"+TCSAP": (OK + b"+TCSAP:OK\r\n" + OK, None),
    b"+CWJAP": (OK, None),
}


class Wire:
    """A port: any() and readinto() for a board, read() for a desk; write() takes all."""

    def __init__(self):
        self.writes = []
        self.said = b""
        self.heard = b""
        self.owed = 0
        self.then = b""

    def write(self, data, at=0, n=None):
        data = bytes(data) if n is None else bytes(data[at : at + n])
        self.writes.append(data)
        self.heard += data
        while self.hears():
            pass
        return len(data)

    def hears(self):
        if self.owed:
            if len(self.heard) < self.owed:
                return False
            self.heard = self.heard[self.owed :]
            self.owed = 0
            self.said += self.then
            return True
        end = self.heard.find(b"\r\n")
        if end < 0:
            return False
        line = self.heard[:end]
        self.heard = self.heard[end + 2 :]
        head = line[2:].split(b"=")[0]
        if line[-2:] == b"=?":
            self.said += b"text\r\n" + OK
        elif head in SPECIAL:
            self.said += SPECIAL[head][0]
            if SPECIAL[head][1]:
                self.then = SPECIAL[head][1]
                self.owed = int(line.split(b",")[-1]) + 2
        else:
            self.said += OK
            if head[:3] == b"+TC":
                self.said += head + b":OK\r\n"
        return True

    def any(self):
        return len(self.said)

    def readinto(self, buf, n):
        n = min(n, len(self.said))
        buf[:n] = self.said[:n]
        self.said = self.said[n:]
        return n

    def read(self, size, timeout=0.0):
        data = self.said[:size]
        self.said = self.said[size:]
        return data
