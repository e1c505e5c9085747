"""Which topics a device has by itself, and in which direction."""

from __future__ import annotations

__all__ = ["grants"]

THING = ("property", "event", "action")


def grants(own: str) -> dict[str, str]:
    """What a device may do with its topics: ``pub``, ``sub``, ``both``."""
    return {
        f"{own}/control": "sub",
        f"{own}/event": "pub",
        f"{own}/data": "both",
        f"$sys/operation/{own}": "pub",
        f"$sys/operation/result/{own}": "sub",
        f"$shadow/operation/{own}": "pub",
        f"$shadow/operation/result/{own}": "sub",
        f"$ota/report/{own}": "pub",
        f"$ota/update/{own}": "sub",
        f"$template/operation/{own}": "pub",
        f"$template/operation/result/{own}": "sub",
        **{f"$thing/up/{what}/{own}": "pub" for what in THING},
        **{f"$thing/down/{what}/{own}": "sub" for what in THING},
        f"$gateway/operation/{own}": "pub",
        f"$gateway/operation/result/{own}": "sub",
    }
