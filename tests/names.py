"""Who the tests say they are: the device, its topics, the access point in the emulator's air; and a module's OK."""

PRODUCT, DEVICE, SECRET = "CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA="
OWN = f"{PRODUCT}/{DEVICE}"  # what a topic of its own begins with
CLIENT = PRODUCT + DEVICE  # as a broker knows it
DATA, CONTROL = f"{OWN}/data", f"{OWN}/control"
OK = b"\r\nOK\r\n"
SSID, PASSWORD = "tencent-at", "12345678"
