"""Who the tests say they are: the device, its topics, and the access point in the emulator's air."""

PRODUCT, DEVICE, SECRET = "CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA="
OWN = f"{PRODUCT}/{DEVICE}"  # what a topic of its own begins with
CLIENT = PRODUCT + DEVICE  # as a broker knows it
DATA, CONTROL = f"{OWN}/data", f"{OWN}/control"
SSID, PASSWORD = "tencent-at", "12345678"
