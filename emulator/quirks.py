"""Where modules and the manual differ: each difference is a switch with a name.

The defaults are what firmware 1.2.0 does. README.md lists them with the manual's sections.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["QUIRKS", "Quirks"]


@dataclass
class Quirks:
    """Set attributes, or use ``set`` with a name in dashes."""

    # What is likely, not certain.
    null_server: bool = True
    double_discon: bool = True
    late_connect: bool = True
    queue_behind_payload: bool = True
    busy_in_chunk: bool = True
    provisioning_silent: bool = True
    provisioning_leaves: bool = True
    empty_string_crash: bool = False
    cwjap_fail: bool = False
    cwjap_short: bool = False
    join_open: bool = False
    wrong_acks: bool = False
    # The variants of the manual's own text.
    space_after_colon: bool = False
    space_after_plus: bool = False
    cme_err: bool = False
    fail_without_comma: bool = False
    row_after_ok: bool = False
    row_before_ok: bool = False
    disconnect_ok_first: bool = False
    prompt_before_ok: bool = False
    prompt_without_line: bool = False
    ok_after_payload: bool = False
    softap_one_ok: bool = False
    hex_firmware: bool = False
    rcvpub_misspelt: bool = False
    extra_fields: bool = False

    def set(self, name: str, on: bool = True) -> None:
        """Switch one by name; raises ValueError when there is none such."""
        attribute = str(name).replace("-", "_")
        if attribute not in QUIRKS:
            raise ValueError(f"no quirk {name!r}; there are: {', '.join(QUIRKS)}")
        setattr(self, attribute, on)


QUIRKS = tuple(field.name for field in fields(Quirks))
