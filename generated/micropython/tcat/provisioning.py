# Joined by codegen from the files named below: edit those.
from micropython import const
from .outcome import Outcome

# ---- runtime/procedures/provisioning.py
"""Wi-Fi provisioning, from start to outcome: softAP (manual 6.3, 6.4) and SmartConfig (6.1, 6.2).

How it is used on a board:

    state, code, sub_code = modem.run(softap(modem, "name", "password"))
"""


_REFUSED = const(1)
_LOOK = const(200)  # ms between two questions whether to stop


def softap(
    modem: "Any",
    ssid: str | bytes,
    password: str | bytes,
    timeout: int = 310000,
    stop: "Callable[[], bool] | None" = None,
) -> "Steps":
    """Generator: open an access point and wait for the app to hand over the real one.

    Returns (state, code, sub_code). state: "WIFI_CONNECT_SUCCESS"; "WIFI_CONNECT_FAILED" or "FAIL" with the numbers
    of the manual's 7.4 (or None); "STOPPED" when stop() was true; "TIMEOUT" after `timeout` ms; "RESET". Raises Error
    where it could not begin: MQTT must be disconnected. However it returns, the session is over; who abandons it
    calls stop_softap.
    """
    start = modem.call("start_softap", (ssid, password))
    return _provision(modem, "softap_status", start, "stop_softap", timeout, stop)


def smartconfig(
    modem: "Any", timeout: int = 310000, stop: "Callable[[], bool] | None" = None
) -> "Steps":
    """Generator: wait for the app to send the access point by ESP-TOUCH; returns what softap does."""
    start = modem.call("start_smartconfig")
    return _provision(modem, "smartconfig_status", start, "stop_smartconfig", timeout, stop)


def _provision(
    modem: "Any",
    status: str,
    start: "Steps",
    end: str,
    timeout: int,
    stop: "Callable[[], bool] | None",
) -> "Steps":
    outcome = Outcome(modem, status, "ready")
    try:
        yield from start
        state = "TIMEOUT"
        while timeout > 0:
            name, values = yield from outcome.wait(min(timeout, _LOOK))
            timeout -= _LOOK
            if name == "ready":
                return "RESET", None, None
            if name:
                return tuple(values + [None, None])[:3]
            if stop and stop():
                state = "STOPPED"
                break
        try:
            yield from modem.call(end)
        except modem.error as error:
            if error.args[0] != _REFUSED:  # else it had ended by itself
                raise
        name, values = yield from outcome.wait(_LOOK)
        if name and values and values[0] == "WIFI_CONNECT_SUCCESS":  # just in time
            state = values[0]
        return state, None, None
    finally:
        outcome.close()
