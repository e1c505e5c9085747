"""Driver, emulator and model side by side: hypothesis finds an order of things in which they are not of one opinion."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import tencent_at
from tencent_at_emulator import emu_url
from tests.model.model import FAILED, OK, REFUSED, Model
from tests.names import OWN, PASSWORD
from tests.waiting import until

TOPICS = [f"{OWN}/{name}" for name in "abcdefghijkl"]
SSID = "Home"  # the scene has this one in the air
CONTROL = f"$thing/down/property/{OWN}"
ERRORS = {tencent_at.CommandRefused: REFUSED, tencent_at.CommandFailed: FAILED}
IMAGE = bytes(range(256)) * 9
_numbers = itertools.count()

topics = st.sampled_from(TOPICS)
payloads = st.one_of(
    st.binary(min_size=1, max_size=40).filter(lambda b: b"\0" not in b and b"\r\n" not in b),
    st.text('ab,"\\{}:字 ', min_size=1, max_size=60).map(str.encode),
    st.integers(200, 2000).map(lambda n: b"x" * n),
)


class Side(RuleBasedStateMachine):
    """A module of its own for each run."""

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.name = f"model{next(_numbers)}"
        self.modem = tencent_at.open(
            f"emu://{self.name}?open=1&noise=0&given=device+set", timeout=30
        )
        self.modem.join(SSID, PASSWORD)  # kept in the flash, so joined after every restart
        self.control = emu_url.module(self.name)
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "modem"):
            self.read()
            self.modem.close()

    def does(self, said: str, call: Callable[[], object]) -> Any:
        """The driver's outcome is the model's."""
        try:
            value, outcome = call(), OK
        except tuple(ERRORS) as error:
            value, outcome = error, ERRORS[type(error)]
        assert outcome == said, f"the model says {said}, the driver {outcome}: {value!r}"
        return value

    # ---- MQTT

    @rule()
    def connect(self) -> None:
        self.does(self.model.connect(), lambda: self.modem.connect(reconnect=0))

    @rule()
    def disconnect(self) -> None:
        self.does(self.model.disconnect(), self.modem.disconnect)

    @rule(topic=topics, qos=st.sampled_from([0, 1]))
    def subscribe(self, topic: str, qos: int) -> None:
        self.does(self.model.subscribe(topic, qos), lambda: self.modem.subscribe(topic, qos))

    @rule(topic=topics)
    def unsubscribe(self, topic: str) -> None:
        self.does(self.model.unsubscribe(topic), lambda: self.modem.unsubscribe(topic))

    @rule(topic=topics, payload=payloads)
    def publish(self, topic: str, payload: bytes) -> None:
        if payload[-3:] == b"+++" or b'\\"' in payload or b"\\," in payload:
            payload = payload.replace(b"\\", b"/") + b"."
        said = self.model.publish(topic, payload)
        self.does(said, lambda: self.modem.publish(topic, payload, 1))

    @rule(topic=topics, payload=payloads)
    def the_cloud_publishes(self, topic: str, payload: bytes) -> None:
        self.model.cloud(topic, payload)
        self.control.cloud_publish(topic, payload)

    @rule(value=st.integers(0, 99))
    def an_app_wants_a_property(self, value: int) -> None:
        self.does(self.model.subscribe(CONTROL, 1), lambda: self.modem.subscribe(CONTROL, 1))
        if CONTROL in self.model.topics:
            self.read()
            self.control.set_property({"light": value})
            message = self.modem.receive(20)
            assert message is not None and message.json()["params"] == {"light": value}

    @precondition(lambda self: self.model.up)
    @rule()
    def the_link_is_lost(self) -> None:
        self.model.lose()
        self.control.drop_mqtt()
        self.control.restore_mqtt()

    # ---- power

    @rule()
    def the_module_restarts(self) -> None:
        self.read()
        self.model.restart()
        with contextlib.suppress(tencent_at.ModuleReset):
            self.modem.reset()
        until(lambda: self.control.state()["wifi"], 5)

    @rule()
    def the_power_fails(self) -> None:
        self.read()
        self.model.restart()
        self.control.power_cycle()
        until(lambda: self.control.state()["wifi"], 5)
        self.modem.start()

    # ---- OTA

    @rule(on=st.booleans())
    def ota(self, on: bool) -> None:
        self.does(self.model.set_ota(on), lambda: self.modem.set_ota(int(on), "1.0.0"))

    @precondition(lambda self: not self.model.ota)
    @rule(size=st.integers(1, len(IMAGE)))
    def an_image_is_there(self, size: int) -> None:
        self.control.store_firmware(IMAGE[:size], "2.0.0")
        self.model.image, self.model.offset = IMAGE[:size], 0

    @rule(length=st.sampled_from([4, 64, 512, 2048]))
    def firmware(self, length: int) -> None:
        info = self.does(self.model.firmware(), self.modem.firmware_info)
        if self.model.image is not None:
            assert info.size == len(self.model.image)
            while due := self.model.read(length):
                assert self.modem.read_firmware(length) == due
                if len(due) < length:
                    break

    # ---- provisioning

    @rule()
    def softap(self) -> None:
        self.does(self.model.softap(), lambda: self.modem.start_softap("ap", PASSWORD))

    @rule()
    def stop_softap(self) -> None:
        self.does(self.model.stop_softap(), self.modem.stop_softap)

    @precondition(lambda self: self.model.provisioning)
    @rule()
    def the_phone_provides(self) -> None:
        self.model.provisioned()
        self.control.provision("success", SSID, PASSWORD)
        until(lambda: self.control.state()["wifi"], 5)

    # ---- many at once, and breaking off

    @rule(topic=topics, each=st.integers(1, 6))
    def three_threads_publish(self, topic: str, each: int) -> None:
        self.read()
        outcomes: list[str] = []

        def work(number: int) -> None:
            for i in range(each):
                try:
                    self.modem.publish(topic, f"{number}.{i}", 1)
                    outcomes.append(OK)
                except tencent_at.CommandRefused:
                    outcomes.append(REFUSED)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said = {
            self.model.publish(topic, f"{n}.{i}".encode()) for n in range(3) for i in range(each)
        }
        assert set(outcomes) == said and len(outcomes) == 3 * each
        got = self.arrived()
        for n in range(3):  # each thread's in its order; among threads there is none
            mine = [m for m in got if m[1].startswith(b"%d." % n)]
            assert mine == [m for m in self.model.sure if m[1].startswith(b"%d." % n)]
        assert len(got) == len(self.model.sure)
        self.model.sure.clear()

    @rule(topic=topics, after=st.sampled_from([0.0, 0.0005, 0.002, 0.006]))
    def a_publish_is_broken_off(self, topic: str, after: float) -> None:
        self.read()
        self.count += 1
        payload = b"broken off %d" % self.count
        up = self.model.up and not self.model.ota

        async def brief() -> None:
            with contextlib.suppress(asyncio.TimeoutError, tencent_at.ModuleError):
                await asyncio.wait_for(self.modem.awaitable.publish(topic, payload, 1), after)

        asyncio.run_coroutine_threadsafe(brief(), self.modem.loop).result(60)
        if up and topic in self.model.topics:
            self.model.perhaps[topic, payload] += 1

    # ---- what holds throughout

    def arrived(self) -> list[tuple[str, bytes]]:
        """The messages that wait, once the module has said all that it has to."""
        self.modem.command("AT")
        due = len(self.model.sure)
        got: list[tuple[str, bytes]] = []
        while True:
            message = self.modem.receive(20 if len(got) < due else 0)
            if message is None:
                return got
            got.append((message.topic, message.payload))

    def read(self) -> None:
        """Every message that was sent is there, in its order, and no other."""
        assert self.model.judge(self.arrived()) == ""

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "modem"):
            return
        state = self.control.state()
        assert (state["mqtt"] == "up") == self.model.up == (self.modem.mqtt_state() == 1)
        assert state["subscriptions"] == self.model.topics
        if self.model.up and not self.model.ota:
            told = {each.topic: each.qos for each in self.modem.subscriptions()}
            assert told == self.model.topics
        counts = self.modem.counts
        assert (counts.messages, counts.bytes) == (0, 0)
