"""What must be true of a module and its driver, whatever order things happen in: a model that knows states, not bytes.

It is written from the manual's preconditions (7.2) and from what a user is promised; it imports nothing of ours.
"""

from __future__ import annotations

from collections import Counter

OK, REFUSED, FAILED = "ok", "refused", "failed"
MOST_TOPICS = 10


class Model:
    """The state as both sides should see it, and the messages that are still to be read.

    sure: those that must come, in their order. perhaps: those of a call that was broken off, which may have been
    carried out or not.
    """

    def __init__(self) -> None:
        self.up = False
        self.wifi = True
        self.ota = False
        self.image: bytes | None = None
        self.offset = 0
        self.topics: dict[str, int] = {}
        self.provisioning = False
        self.sure: list[tuple[str, bytes]] = []
        self.perhaps: Counter[tuple[str, bytes]] = Counter()

    # ---- what a call gives, and what is true behind it

    def connect(self) -> str:
        if self.up or self.ota:
            return REFUSED
        if not self.wifi:
            return FAILED
        self.up = True
        return OK

    def disconnect(self) -> str:
        if not self.up or self.ota:
            return REFUSED
        self.lose()
        return OK

    def subscribe(self, topic: str, qos: int) -> str:
        if not self.up or self.ota:
            return REFUSED
        if topic not in self.topics and len(self.topics) >= MOST_TOPICS:
            return FAILED
        self.topics.setdefault(topic, qos)
        return OK

    def unsubscribe(self, topic: str) -> str:
        if not self.up:
            return REFUSED
        return OK if self.topics.pop(topic, None) is not None else FAILED

    def publish(self, topic: str, payload: bytes) -> str:
        if not self.up or self.ota:
            return REFUSED
        self.cloud(topic, payload)
        return OK

    def set_ota(self, on: bool) -> str:
        if not self.up:
            return REFUSED
        self.ota = on
        return OK

    def firmware(self) -> str:
        if self.image is None:
            return REFUSED
        self.offset = 0
        return OK

    def read(self, length: int) -> bytes:
        assert self.image is not None
        data = self.image[self.offset : self.offset + length]
        self.offset += len(data)
        return data

    def softap(self) -> str:
        if self.up or self.ota:
            return REFUSED
        if self.provisioning:
            return FAILED
        self.provisioning, self.wifi = True, False
        return OK

    def stop_softap(self) -> str:
        if self.up or self.ota:
            return REFUSED
        self.provisioning = False
        return OK

    # ---- what happens

    def cloud(self, topic: str, payload: bytes) -> None:
        """A message goes out to whom it concerns."""
        if self.up and topic in self.topics:
            self.sure.append((topic, payload))

    def lose(self) -> None:
        """The link is gone, and with it what was subscribed."""
        self.up = self.ota = False
        self.topics.clear()

    def restart(self) -> None:
        self.lose()
        self.wifi, self.provisioning, self.offset = True, False, 0

    def provisioned(self) -> None:
        self.provisioning, self.wifi = False, True

    # ---- what a reader must have got

    def judge(self, read: list[tuple[str, bytes]]) -> str:
        """What is wrong with the messages that were read, or nothing; then there are none left to come."""
        may = Counter(self.perhaps)
        rest = []
        for message in read:
            if may[message] and message not in self.sure:
                may[message] -= 1
            else:
                rest.append(message)
        due, self.sure = self.sure, []
        self.perhaps.clear()
        if rest == due:
            return ""
        lost, made = Counter(due) - Counter(rest), Counter(rest) - Counter(due)
        return f"lost {list(lost)}, invented {list(made)}, or in another order"
