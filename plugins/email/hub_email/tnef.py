"""`winmail.dat`: what Outlook wraps a mail in when it thinks that the reader has Outlook too.

A bounded reader of [MS-OXTNEF]: a signature, a key, then attributes `level, id, length, data, checksum`. It finds the
names, sizes and bytes of the attached files and the text of the message where that stands there as text or HTML. It
never raises: a broken container gives what came before the break.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, error

from hub_email import caps
from hub_email.charsets import decode
from hub_email.html import html_text

_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = Struct("<BIi")  # level, id, length
_PROPERTY = Struct("<HH")  # type, id
_COUNT = Struct("<I")
_RENDERING, _DATA, _TITLE, _PROPERTIES = 0x00069002, 0x0006800F, 0x00018010, 0x00069005
_CODEPAGE, _TEXT, _MESSAGE = 0x00069007, 0x0002800C, 0x00069003
_LONG_NAME, _BODY, _HTML = 0x3707, 0x1000, 0x1013
_TEXT8, _TEXT16, _BINARY, _OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4}
_SIZES |= {0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16}
_MANY_VALUED = 0x1000
_MOST_PROPERTIES = 2_000


@dataclass(frozen=True, slots=True)
class File:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Container:
    text: str = ""
    files: tuple[File, ...] = ()


def read(data: bytes) -> Container:
    """The text and the files of a `winmail.dat`."""
    codepage, text = "cp1252", ""
    files: list[File] = []
    for attribute, value in _attributes(data):
        if attribute == _CODEPAGE and len(value) >= _COUNT.size:
            codepage = f"cp{_COUNT.unpack_from(value)[0]}"
        elif attribute == _TEXT:
            text = text or decode(value.rstrip(b"\0"), codepage)
        elif attribute == _MESSAGE:
            text = text or _body(value, codepage)
        elif attribute == _RENDERING:
            if len(files) >= caps.ATTACHMENTS:
                break
            files.append(File("", b""))
        elif files:
            files[-1] = _more(files[-1], attribute, value, codepage)
    return Container(text.replace("\r\n", "\n").replace("\0", "")[: caps.TEXT], tuple(files))


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while data.startswith(_SIGNATURE) and at + _ATTRIBUTE.size <= len(data):
        _, attribute, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if length < 0 or at + length > len(data):
            return
        yield attribute, data[at : at + length]
        at += length + 2


def _more(file: File, attribute: int, value: bytes, codepage: str) -> File:
    if attribute == _DATA:
        return File(file.name, value)
    if attribute == _TITLE:
        return File(file.name or decode(value.rstrip(b"\0"), codepage), file.data)
    if attribute == _PROPERTIES:
        for tag, content in _properties(value):
            if tag >> 16 == _LONG_NAME:
                return File(_string(tag, content, codepage), file.data)
    return file


def _body(value: bytes, codepage: str) -> str:
    found = {tag >> 16: (tag, content) for tag, content in _properties(value)}
    if _BODY in found:
        return _string(*found[_BODY], codepage)
    return html_text(decode(found[_HTML][1][: caps.HTML], codepage)) if _HTML in found else ""


def _string(tag: int, content: bytes, codepage: str) -> str:
    if tag & 0xFFFF == _TEXT16:
        return decode(content, "utf-16-le").rstrip("\0")
    return decode(content.rstrip(b"\0"), codepage)


def _properties(value: bytes) -> Iterator[tuple[int, bytes]]:
    """The MAPI properties of an attribute: `id << 16 | type` and the first value's bytes."""
    try:
        at = _COUNT.size
        for _ in range(min(_COUNT.unpack_from(value)[0], _MOST_PROPERTIES)):
            kind, number = _PROPERTY.unpack_from(value, at)
            at += _PROPERTY.size
            if number >= 0x8000:
                at = _after_name(value, at)
            content, at = _values(value, at, kind)
            yield number << 16 | kind, content
    except error:
        return


def _after_name(value: bytes, at: int) -> int:
    is_text = _COUNT.unpack_from(value, at + 16)[0] == 1
    number = _COUNT.unpack_from(value, at + 20)[0]
    return at + 24 + (_padded(number) if is_text else 0)


def _values(value: bytes, at: int, kind: int) -> tuple[bytes, int]:
    single = kind & ~_MANY_VALUED
    if single in _SIZES and kind == single:
        return value[at : at + _SIZES[single]], at + _SIZES[single]
    count = _COUNT.unpack_from(value, at)[0]
    at += _COUNT.size
    first = b""
    for index in range(count):
        if single in _SIZES:
            length = _SIZES[single]
        else:
            length = _COUNT.unpack_from(value, at)[0]
            at += _COUNT.size
        first = value[at : at + length] if index == 0 else first
        at += _padded(length)
        if at > len(value):
            raise error
    return first, at


def _padded(length: int) -> int:
    return (length + 3) & ~3
