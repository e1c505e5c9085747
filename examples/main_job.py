"""The main job, the same on a board and at a desk: from a fresh module to messages that arrive unchanged.

On a board: `import main_job; main_job.run(tcat.Modem(uart), print)`.
"""

SSID = "tencent-at"
PASSWORD = "12345678"
PRODUCT, DEVICE, SECRET = "CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA="
TOPIC = PRODUCT + "/" + DEVICE + "/data"
SHORT = '{"action":"test","text":"a, \\"quoted\\" 字"}'.encode()
LONG = "".join(["%04d:%d.%d C; " % (i, 18 + i % 7, i % 10) for i in range(125)]).encode()[:1500]


def run(modem, receive, say):
    """Do the job; `receive(modem)` waits for a message as (topic, payload). True if all came back unchanged."""
    modem.start()
    say("module answers, echo is off")
    modem.set_wifi_mode(1)
    modem.join(SSID, PASSWORD)
    say("joined " + SSID)
    modem.set_device_info(PRODUCT, DEVICE, SECRET)
    modem.connect(keepalive=120)
    say("connected as " + PRODUCT + DEVICE)
    modem.subscribe(TOPIC, 1)
    whole = True
    for payload in (SHORT, LONG):
        modem.publish(TOPIC, payload, 1)
        message = receive(modem)
        same = message is not None and tuple(message) == (TOPIC, payload)
        say(
            "published %d bytes, came back %s"
            % (len(payload), "unchanged" if same else "as %r" % (message,))
        )
        whole = whole and same
    state = modem.mqtt_state()
    say("MQTT state %s" % (state[0] if isinstance(state, list) else state))
    modem.disconnect()
    say("disconnected")
    return whole
