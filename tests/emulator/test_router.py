"""The router finds who hears a message without asking everybody; what it does is as it was."""

from __future__ import annotations

import random

import pytest

from tencent_at_emulator.cloud import router as room
from tencent_at_emulator.cloud.router import Client, Message, Router, matches


def test_a_message_costs_as_much_among_a_thousand_as_among_ten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    def best(filters: dict[bytes, int], topic: bytes) -> int:
        asked.append(topic)
        return 0

    monkeypatch.setattr(room, "_best", best)
    for size in (10, 1000):
        router = Router()
        for number in range(size):
            client = Client(str(number), lambda message: None, lambda: None)
            router.attach(client)
            router.subscribe(client, b"t/%d" % number, 0)
        asked.clear()
        assert router.publish(None, Message(b"t/7", b"x")) == 1 and len(asked) == 1


def test_whoever_is_found_is_who_has_a_filter_that_matches() -> None:
    """A thousand things that happen by chance, judged by asking everybody."""
    chance, router = random.Random(1), Router()
    heard: list[str] = []
    filters = [b"a", b"b", b"a/b", b"a/+", b"#", b"+/b", b"b/#"]
    topics = [b"a", b"b", b"a/b", b"b/c", b"c"]
    for _ in range(1000):
        name = chance.choice("uvwxyz")
        match chance.randrange(5):
            case 0:
                clean = chance.random() < 0.5
                router.attach(
                    Client(name, lambda m, name=name: heard.append(name), lambda: None, clean)  # type: ignore[misc]
                )
            case 1 if name in router.clients:
                router.detach(router.clients[name])
            case 2 if name in router.clients:
                router.subscribe(router.clients[name], chance.choice(filters), 0)
            case 3 if name in router.clients:
                router.unsubscribe(router.clients[name], chance.choice(filters))
            case _:
                topic = chance.choice(topics)
                heard.clear()
                count = router.publish(None, Message(topic, b"x"))
                due = sorted(
                    name
                    for name, client in router.clients.items()
                    if any(matches(pattern, topic) for pattern in client.filters)
                )
                assert sorted(heard) == due and count == len(due)
