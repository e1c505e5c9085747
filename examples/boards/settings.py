"""What differs from device to device. Edit this, then copy it to the board beside the example."""

SSID, PASSWORD = "Home", "12345678"
PRODUCT_ID, DEVICE_NAME, DEVICE_SECRET = "CTQS08Y5LG", "Dev01", "ZHNkIGRzZCA="
VERSION = "1.0.0"  # of your own firmware, for OTA


def topic(name):
    return "%s/%s/%s" % (PRODUCT_ID, DEVICE_NAME, name)
