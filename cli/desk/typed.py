"""What a person types at a prompt: its secrets are neither shown nor kept."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from tencent_at.wire.masks import Masks, spans

__all__ = ["DiscreetHistory", "HideSecrets"]


class DiscreetHistory(History):
    """A history that keeps every line with its secrets masked."""

    def __init__(self, inner: History, masks: Masks) -> None:
        super().__init__()
        self._inner = inner
        self._masks = masks

    def load_history_strings(self) -> Iterable[str]:
        """The lines of before, the newest first."""
        return self._inner.load_history_strings()

    def store_string(self, string: str) -> None:
        """Keep a line."""
        self._inner.store_string(string)

    def append_string(self, string: str) -> None:
        """Keep a line, masked in memory too."""
        super().append_string(
            self._masks.shown(string.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
        )


class HideSecrets(Processor):
    """Shows a dot for each character of a secret that is typed."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The typed line with its secrets as dots."""
        fragments = transformation_input.fragments
        text = "".join(fragment[1] for fragment in fragments)
        raw = text.encode("utf-8", "surrogateescape")
        hidden = list(text)
        for start, end in spans(raw):
            first = len(raw[:start].decode("utf-8", "surrogateescape"))
            last = first + len(raw[start:end].decode("utf-8", "surrogateescape"))
            hidden[first:last] = ["•" if c not in '",' else c for c in text[first:last]]
        made: StyleAndTextTuples = []
        at = 0
        for fragment in fragments:
            made.append((fragment[0], "".join(hidden[at : at + len(fragment[1])])))
            at += len(fragment[1])
        return Transformation(made)
