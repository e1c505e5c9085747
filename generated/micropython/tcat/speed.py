# Copied from runtime/micropython/speed.py: edit that.
"""Another speed than 115200, and the way back to it: the module forgets its speed with each restart (manual 1.3).

How it is used:

    modem.run(speed.change(modem, 921600))
"""

from micropython import const

_TIMEOUT = const(5)  # the kind of an Error
_BOOT = const(115200)
_NEAR = const(5000)  # what a port says of its speed may be a little beside


def change(modem, baudrate, flow_control=0):
    """Generator: module and UART go on at `baudrate`; asked once whether they understand each other there.

    The UART is set by its init(baudrate=…); its buffers keep their size. After a restart of the module start() and
    Keeper find it at 115200 and bring both back to this speed.
    """
    yield from modem.call("set_uart", (baudrate, flow_control))
    _tune(modem.uart, baudrate)
    modem.doubt = True
    yield from modem.call("attention")


def find(modem, error):
    """Generator: `error` ended the question whether the module listens; look for it at 115200, or raise the error.

    It is brought back to the raised speed, unless the package has no set_uart. The error is raised where the UART is
    at 115200 anyway, does not say its speed (in its repr) or cannot be set.
    """
    was = _said(modem.uart, "baudrate") or _BOOT
    if error.args[0] != _TIMEOUT or abs(was - _BOOT) < _NEAR or not hasattr(modem.uart, "init"):
        raise error
    _tune(modem.uart, _BOOT)
    modem.doubt = True
    try:
        yield from modem.call("echo_off")
    except modem.error:  # the core's Error, which is not imported: the core loads this
        _tune(modem.uart, was)
        modem.doubt = True
        raise error
    try:
        yield from change(modem, (was + 50) // 100 * 100)
    except AttributeError:
        pass


def _said(uart, name):
    # A number that the UART tells of itself, or None.
    text = repr(uart)
    i = text.find(name + "=")
    if i >= 0:
        try:
            return int(text[i + len(name) + 1 :].split(",")[0].split(")")[0])
        except ValueError:
            pass


def _tune(uart, baudrate):
    # Some ports forget in init() what they are not told.
    more = {}
    for name in ("rxbuf", "txbuf", "timeout", "timeout_char"):
        value = _said(uart, name)
        if value is not None:
            more[name] = value
    uart.init(baudrate=baudrate, **more)
