"""Advice that knows what was asked: a number alone means less than it does behind a publish, an upgrade, a phone."""

from __future__ import annotations

from tencent_at.entries import Text

__all__ = ["advice"]

NO_RIGHT = Text(
    "No acknowledgement came. If others are acknowledged, the device lacks the right to publish to this topic: give "
    "it in the console, under the product's topics. Else check Wi-Fi.",
    "没有等到确认。若别的消息有确认，就是设备没有向该主题发布的权限：请在控制台的产品主题列表中开通。否则检查 WiFi。",
)
LOST_BYTES = Text(
    "Fewer bytes came to the module than were announced: the line lost some. Lower the baud rate, shorten the wires; "
    "tencent-at doctor.",
    "模组收到的字节少于所报长度：线路丢了字节。请降低波特率、缩短连线；可用 tencent-at doctor 检查。",
)
DAMAGED_IMAGE = Text(
    "The image's MD5 is not the one that the cloud announced. Start the upgrade again; if it "
    "stays, upload the image anew.",
    "镜像的 MD5 与云端所报不符。请重新下发升级；若仍如此，请重新上传镜像。",
)
NO_ROOM = Text(
    "The image could not be written into the module's flash. Start the upgrade again; if it stays, it is "
    "larger than its place, or the flash is damaged.",
    "镜像写不进模组的闪存。请重新下发升级；若仍如此，是镜像大于可用空间，或闪存已损坏。",
)
WRONG_PASSWORD = Text(
    "The access point refused what the app sent: most likely its password. Enter it again; the "
    "access point must be one of 2.4 GHz.",
    "接入点拒绝了应用发来的信息：多半是密码不对。请重新输入；接入点须为 2.4 GHz。",
)
# By what was under way, and its numbers.
ADVICE: dict[tuple[str | int | None, ...], Text] = {
    ("publish_short", 202): NO_RIGHT,
    ("publish_long", 202): NO_RIGHT,
    ("publish_long", 204): LOST_BYTES,
    ("upgrade", 203): DAMAGED_IMAGE,
    ("upgrade", 207): NO_ROOM,
    ("provision", 10, 204): WRONG_PASSWORD,
}


def advice(under_way: str, *numbers: int | None) -> Text | None:
    """What to do; None where the context adds nothing to what the number means."""
    return ADVICE.get((under_way, *numbers))
