"""What stands behind the module: a cloud of our own, or a real MQTT broker."""

from .uplink import Uplink

__all__ = ["Uplink"]
