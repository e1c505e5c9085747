"""What each command does, one file per group. Importing this package registers them all."""

from . import device, esp, mqtt, ota, provision, settings

__all__ = ["device", "esp", "mqtt", "ota", "provision", "settings"]
