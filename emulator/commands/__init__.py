"""What each command does, one file per group. Importing this package registers them all."""

from . import device, esp, gateway, mqtt, ota, provision, settings

__all__ = ["device", "esp", "gateway", "mqtt", "ota", "provision", "settings"]
