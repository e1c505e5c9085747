"""What the encoder of V3.2.1 lets travel, on a board: run by test_revisions.py, which has what it prints."""

import tcat


def line(call, *args, **kw):
    """A call as it would be written, or what is wrong with it."""
    form = tcat.form(call)
    try:
        _, line, payload, _ = tcat.encode(form, args, kw)
    except (TypeError, ValueError):
        from tcat.refusal import refusal

        return refusal(form, args, kw)
    return bytes(line).decode().strip() + (f" {len(payload)}" if payload else "")


SUB = "PRODUCT", "device"
print(line("bind_sub_device", 0, *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 1, *SUB))
print(line("bind_sub_device", 0, *SUB))
print(line("bind_sub_device", 1, *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 0, product_id="P", device_name="d", device_secret="cw=="))
print(line("bind_sub_device", 0, product_id="P", device_name="d"))
print(line("bind_sub_device", True, *SUB))
print(line("bind_sub_device", "0", *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 0, *SUB, "c2VjcmV0", "more"))
print(line("publish_raw", "t", 0, b'\0\\"\\,\\\\\xff\r\n'))
print(line("publish_raw", "t", 0, b"+++\r\n"))
print(line("publish_raw", "t", 0, b"\0+++\r\n"))
print(line("publish_raw", "t", 0, b"x" * 60 + b"+++"))
print(line("publish_raw", "t", 0, b"x" * 2049))
print(line("publish_raw", "t", 0, b""))
print(line("publish_long", "t", 0, b'a\\"'))
print(line("publish_long", "t", 0, b"a\0"))
print(line("publish_short", "t", 0, b"a\0"))
print(line("set_device_info", "P", "d", "cw==", "na-ashburn"))
print(line("set_device_info", "P", "d", "cw=="))
