"""Wi-Fi provisioning, from start to outcome: softAP (manual 6.3, 6.4) and SmartConfig (6.1, 6.2).

How it is used:

    state, code, sub_code = modem.run(softap(modem, "name", "password"))
"""

from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

from . import Error
from .outcome import Outcome

_REFUSED = const(1)


def softap(modem, ssid, password, timeout=310000, stop=None):
    """Generator: open an access point and wait for the app to hand over the real one.

    Returns (state, code, sub_code). state: "WIFI_CONNECT_SUCCESS"; "WIFI_CONNECT_FAILED" or "FAIL" with the numbers
    of the manual's 7.4 (or None); "STOPPED" when stop() was true; "TIMEOUT" after `timeout` ms; "RESET". Raises Error
    where it could not begin: MQTT must be disconnected. However it returns, the session is over; who abandons it
    calls stop_softap.
    """
    return _provision(modem, "softap", (ssid, password), timeout, stop)


def smartconfig(modem, timeout=310000, stop=None):
    """Generator: wait for the app to send the access point by ESP-TOUCH; returns what softap does."""
    return _provision(modem, "smartconfig", (), timeout, stop)


def _provision(modem, way, args, timeout, stop):
    outcome = Outcome(modem, way + "_status", "ready")
    try:
        yield from modem.call("start_" + way, args)
        end = ticks_add(ticks_ms(), timeout)
        state = "TIMEOUT"
        while ticks_diff(end, ticks_ms()) > 0:
            name, values = yield from outcome.wait(200)
            if name == "ready":
                return "RESET", None, None
            if name:
                return tuple(values + [None, None])[:3]
            if stop and stop():
                state = "STOPPED"
                break
        try:
            yield from modem.call("stop_" + way)
        except Error as error:
            if error.args[0] != _REFUSED:  # else it had ended by itself
                raise
        name, values = yield from outcome.wait(200)
        if name and values[0] == "WIFI_CONNECT_SUCCESS":  # just in time
            state = values[0]
        return state, None, None
    finally:
        outcome.close()
