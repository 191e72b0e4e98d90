"""Records as bytes and back: compact JSON, the same bytes for the same record."""

import hashlib
import sys
import threading
import zlib
from functools import cache
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter
from pydantic_core import CoreConfig, SchemaValidator

from hub.core.records import KINDS, RECORDS, Record

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESSED_FROM = 1024
"""Bodies shorter than this are kept as they are: compressing them costs more than it saves."""
_ZSTD = b"\x28\xb5\x2f\xfd"
"""How a frame begins (RFC 8878, 3.1.1); zlib begins otherwise (RFC 1950, 2.2)."""


def dump(record: Record) -> bytes:
    """A record as JSON. Raises `TypeError` or `ValueError` for what no record may hold (lone surrogates, rubbish)."""
    return orjson.dumps(record, default=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "keys"):
        return {key: value[key] for key in sorted(value)}
    if type(value).__name__ == "Decimal":
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a record")


def kind_of(record: Record) -> str:
    return KINDS[type(record)]


def load(kind: str, body: bytes) -> Any:
    """The record of a stored body. Raises `ValueError` when it does not fit the kind."""
    return _validator(kind).validate_json(body)


@cache
def _validator(kind: str) -> SchemaValidator:
    """It keeps no texts: otherwise the last 16,384 short ones of all records stay, of which few come again."""
    return SchemaValidator(TypeAdapter(RECORDS[kind]).core_schema, CoreConfig(cache_strings="none"))


def pack(body: bytes) -> bytes:
    """Bytes as they are stored: a leading 0 (as they are) or 1 (compressed: zstd, in older databases zlib)."""
    if len(body) < COMPRESSED_FROM:
        return b"\0" + body
    return b"\1" + _packing.zstd.compress(body, zstd.ZstdCompressor.FLUSH_FRAME)


class _Packing(threading.local):
    """What every thread compresses with: to make one takes as long as half a mail."""

    def __init__(self) -> None:
        self.zstd = zstd.ZstdCompressor(level=1)


_packing = _Packing()


def is_compressed(stored: bytes) -> bool:
    return stored[:1] != b"\0"


def unpack(stored: bytes) -> bytes:
    if not is_compressed(stored):
        return stored[1:]
    return zstd.decompress(stored[1:]) if stored[1:5] == _ZSTD else zlib.decompress(stored[1:])


class Packed(NamedTuple):
    """Bytes ready to be stored: their name, which is their SHA-256 in hexadecimal, and themselves as they are stored."""

    sha256: str
    stored: bytes

    @classmethod
    def of(cls, body: bytes) -> "Packed":
        return cls(hashlib.sha256(body).hexdigest(), pack(body))
