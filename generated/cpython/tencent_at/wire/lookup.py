# Copied from runtime/cpython/wire/lookup.py: edit that.
"""Looks up words: what in the manual speaks of `publish`, of 超时 or of a damaged name, and what a word is nearly."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache

from .book import ANSWERS, COMMANDS, FORMS, LETTERS, TABLES, URCS
from .words import Decoded, decode, decode_number

__all__ = ["nearest", "search"]

# Words for one thing: who asks for one of a line is answered with what speaks of any of them.
_ALIKE = [re.split(r" *\| *", line) for line in """\
timeout | time-out | timed out | took too long | time is up | 超时 | 等待过久
unauthorized | unauthorised | authorized | authorised | no right | 未授权 | 未获授权 | 无权限 | 无该主题权限 | 鉴权
connack | conanck
provisioning | provision | 配网 | smartconfig | softap
publish | pub | 发布
subscribe | sub | 订阅
unsubscribe | unsub | 退订
password | 密码
wifi | wi-fi | wlan | access point | 热点 | AP
firmware | ota | 固件 | 升级
register | registration | 注册
restart | reset | reboot | 重启 | 复位
refused | rejected | 拒 | 不接受
reconnect | reconnecting | 重连
busy | still running | under way | 忙于 | 仍在执行 | 尚未结束
secret | 密钥
signature | 签名
memory | 内存
flash | FLASH
dns | not resolved | 无法解析
echo | 回显
baud | uart | speed | 波特率 | 串口
topic | 主题
""".strip().splitlines()]
_SAME = {word.lower(): {other.lower() for other in line} for line in _ALIKE for word in line}


@cache
def _entries() -> tuple[tuple[str, str, Decoded], ...]:
    # What names an entry, what else is said of it, and the entry.
    return tuple(_commands()) + tuple(_urcs()) + tuple(_numbers())


def _commands() -> Iterator[tuple[str, str, Decoded]]:
    for command in COMMANDS.values():
        calls = [form.call for form in command.forms.values() if form.call]
        name = command.name
        found = Decoded("command", command.title, command.about, command.section, name=name)
        yield " ".join((*command.title, command.name, *calls)), " ".join(command.about), found


def _urcs() -> Iterator[tuple[str, str, Decoded]]:
    for urc in URCS.values():
        found = Decoded("event", urc.title, urc.about, urc.section, urc.advice, urc.event)
        yield " ".join((*urc.title, urc.name, urc.event)), " ".join(urc.about), found
    for line, answer in ANSWERS.items():
        yield " ".join((line, *answer.title)), "", decode(
            line.encode(), host=answer.says == "abort"
        )


def _numbers() -> Iterator[tuple[str, str, Decoded]]:
    for name, table in TABLES.items():
        for number, meaning in (*table.codes.items(), *table.unlisted.items()):
            names = meaning.name.replace("_", " ") + " " + meaning.name
            for found in decode_number(number, [name]):
                yield f"{names} {meaning.en} {meaning.zh}", "", found
                break


def search(text: str) -> list[Decoded]:
    """What speaks of all words of a text: what is called so, or else what is described so; commands first."""
    words = re.findall(r"[\w+.-]+", text.lower())
    if not words:
        return []
    tests = [_test(word) for word in words]
    for place in (0, 1):
        found = [
            entry
            for *texts, entry in _entries()
            if all(test.search(str(texts[place]).lower()) for test in tests)
        ]
        if found:
            kinds = ("command", "event", "ok", "error", "prompt", "number")
            return sorted(found, key=lambda entry: kinds.index(entry.kind))
    return []


def _test(word: str) -> re.Pattern[str]:
    # The word, or one like it, at the beginning of a word; in Chinese anywhere.
    words = {word, *_SAME.get(word, ())}
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            words.add(word.removesuffix(ending))
    # A short one is a whole word: AP is no beginning of "appending".
    ends = {each: "(?![a-z])" if len(each) < 4 else "" for each in words}
    latin = "|".join(re.escape(each) + ends[each] for each in words if each.isascii())
    other = [re.escape(each) for each in words if not each.isascii()]
    return re.compile("|".join([f"(?<![a-z])(?:{latin})" if latin else "(?!)", *other]))


def nearest(text: str, count: int = 3) -> list[str]:
    """What the manual, or this program, knows that is spelled nearly so."""
    known = {name.lower(): name for name in _known()}
    word = text.strip().lower().removeprefix("at+").removeprefix("+").rstrip("=?")
    close = difflib.get_close_matches(word, known, count, 0.6)
    if not close and re.fullmatch(r"-?\d{1,9}", word):
        number = int(word)
        codes = {code for table in TABLES.values() for code in table.codes}
        near = sorted(codes, key=lambda code: abs(code - number))[:count]
        close = [str(code) for code in near if abs(code - number) < 20]
    return [known.get(each, each) for each in close]


@cache
def _known() -> tuple[str, ...]:
    names = [*COMMANDS, *(call for call in FORMS if call), *ANSWERS, *_SAME]
    names += [name for urc in URCS.values() for name in (urc.name, urc.event)]
    names += [
        meaning.name
        for table in LETTERS.values()
        for meaning in TABLES[table].codes.values()
        if meaning.name
    ]
    return tuple(dict.fromkeys(names))
