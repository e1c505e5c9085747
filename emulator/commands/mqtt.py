"""MQTT: connect, publish, subscribe (manual 3)."""

from __future__ import annotations

from typing import Any

from ..intake import clean
from ..module import Module, command
from ..quirks import Quirks
from ..session import NO_CONNECTION, Settings
from ..spec import Form
from ..task import Pending

LOSS_WITHIN, LOSS_ENDS = 0.02, 1.0  # seconds
NO_DEVICE, TIMED_OUT, INVALID, NO_HOST = 207, 202, 204, -602


@command("TCMQTTCONN", "read")
async def connection(module: Module, form: Form, values: list[Any]) -> None:
    """3.1: the settings of the last attempt, or the defaults."""
    now = module.session.settings
    fields = (now.tls_mode, now.command_timeout, now.keepalive, now.clean, now.reconnect)
    module.row(form, b"%d,%d,%d,%d,%d" % fields)
    module.ok(form)


@command("TCMQTTCONN", "set")
async def connect(module: Module, form: Form, values: list[Any]) -> None:
    """3.1: waits for the command time-out that it sets itself."""
    module.ok(form)
    session, device = module.session, module.flash.device
    session.settings = Settings(*values)
    if device is None:
        module.result(form, NO_DEVICE)
        return
    if module.station.joined is None:
        module.result(form, NO_HOST)
        return
    answer = session.connect(device, session.settings)
    code = await module.within(answer, module.command_timeout)
    if code is None and not module.quirks.late_connect:
        session.drop()
    module.result(form, TIMED_OUT if code is None else code)


@command("TCMQTTDISCONN", "exec")
async def disconnect(module: Module, form: Form, values: list[Any]) -> None:
    """3.2: the URC comes before the OK; a download that it ends tells of that in between (2.x)."""
    if module.quirks.disconnect_ok_first:
        module.ok(form)
        module.session.disconnect()
        module.updater.end_task()
    else:
        module.session.disconnect()
        module.updater.end_task()
        module.ok(form)


@command("TCMQTTSTATE", "read")
async def state(module: Module, form: Form, values: list[Any]) -> None:
    """3.7: 1 only while the link is up."""
    module.row(form, b"%d" % module.session.connected)
    module.ok(form)


@command("TCMQTTPUB", "set")
async def publish_short(module: Module, form: Form, values: list[Any]) -> None:
    """3.3: the payload comes unescaped."""
    module.ok(form)
    await _publish(module, form, values[0], values[2], values[1])


@command("TCMQTTPUBL", "set")
@command("TCMQTTPUBRAW", "set")
async def publish_long(module: Module, form: Form, values: list[Any]) -> None:
    """3.4: prompt, raw payload, CR LF; then published, cleaned unless it is verbatim (V3.2.1, 3.5)."""
    quirks = module.quirks
    topic, qos, length = values
    if quirks.prompt_before_ok:
        _prompt(module, quirks)
        module.ok(form)
    else:
        module.ok(form)
        _prompt(module, quirks)
    payload = await module.take(length)
    if payload is None:
        module.cme(INVALID)
        return
    module.queue()
    if quirks.ok_after_payload:
        module.ok(form)
    if not form.args[-1].verbatim:
        payload = clean(payload, module.generation.ends_at_nul)
    await _publish(module, form, topic, payload, qos)


def _prompt(module: Module, quirks: Quirks) -> None:
    module.say(b">" if quirks.prompt_without_line else b">\r\n")


async def _publish(module: Module, form: Form, topic: bytes, payload: bytes, qos: int) -> None:
    if module.fail_next is not None:
        module.result(form)
        return
    if not module.session.connected:  # the link went down while the payload was taken
        module.result(form, NO_CONNECTION)
        return
    faults, uplink = module.faults, module.session.uplink
    answer = module.session.publish(topic, payload, qos)
    if faults.strikes(faults.mqtt_loss, "mqtt_loss"):
        # Before or after the message has arrived, but with the acknowledgement under way.
        module.clock.call_later(faults.random.uniform(0.0, LOSS_WITHIN), uplink.sever)
        module.clock.call_later(LOSS_ENDS, uplink.mend)
    if qos and faults.strikes(faults.ack_loss, "ack_loss"):
        answer = Pending()
    code = await module.within(answer, module.command_timeout)
    if code is None:
        module.session.gave_up()
    module.result(form, TIMED_OUT if code is None else code)


@command("TCMQTTSUB", "read")
async def subscriptions(module: Module, form: Form, values: list[Any]) -> None:
    """3.5: nothing, not a refusal, while unconnected."""
    if module.session.connected:
        for topic, qos in module.session.subscriptions.items():
            module.row(form, b'"%s",%d' % (topic, qos))
    module.ok(form)


@command("TCMQTTSUB", "set")
async def subscribe(module: Module, form: Form, values: list[Any]) -> None:
    """3.5: waits for the SUBACK."""
    module.ok(form)
    topic, qos = values
    code = await module.within(module.session.subscribe(topic, qos), module.command_timeout)
    module.result(form, TIMED_OUT if code is None else code)


@command("TCMQTTUNSUB", "read")
async def unsubscriptions(module: Module, form: Form, values: list[Any]) -> None:
    """3.6: OK and nothing else."""
    module.ok(form)


@command("TCMQTTUNSUB", "set")
async def unsubscribe(module: Module, form: Form, values: list[Any]) -> None:
    """3.6: waits for the UNSUBACK."""
    module.ok(form)
    code = await module.within(module.session.unsubscribe(values[0]), module.command_timeout)
    module.result(form, TIMED_OUT if code is None else code)
