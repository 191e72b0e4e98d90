"""What is kept of an object: the account's own words, without the links, which say nothing and name the host."""

import hashlib
from typing import Any, Final

import orjson

import hub
from hub_crm_amo.values import Row


def raw(external_id: object, stream: str, item: Row, **beside: Any) -> hub.Raw:
    """The object as bytes; its revision is their digest, so that it is another one whenever anything of it is."""
    said = {"stream": stream, "item": item, **{name: one for name, one in beside.items() if one}}
    body = bytes(memoryview(orjson.dumps(_unlinked(said), option=orjson.OPT_SORT_KEYS)))  # which held 16 KB
    return hub.Raw(str(external_id), hashlib.blake2b(body, digest_size=12).hexdigest(), body)


def gone(external_id: object, stream: str) -> hub.Raw:
    """The account says that it no longer has it."""
    return raw(external_id, stream, {}, gone=True)


_NESTED: Final = frozenset((dict, list))
"""What may have links within it; a row is mostly something else."""


def _unlinked(value: Any) -> Any:
    if type(value) is dict:
        return {
            name: _unlinked(inner) if type(inner) in _NESTED else inner
            for name, inner in value.items()
            if name != "_links"
        }
    return [_unlinked(inner) if type(inner) in _NESTED else inner for inner in value]
