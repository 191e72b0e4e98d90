"""What is kept of an object: the portal's own words, without what would let anybody in."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

import hub
from hub_crm_bitrix.values import Row

_MASK = b"***"


def raw(external_id: object, stream: str, item: Row, secrets: Sequence[str], **beside: Any) -> hub.Raw:
    """The object as bytes; its revision is their digest, so that it is another one whenever anything of it is.

    The portal repeats the code of a webhook, or a token, in the addresses of files.
    """
    said: Mapping[str, Any] = {"stream": stream, "item": item, **{name: one for name, one in beside.items() if one}}
    body = bytes(memoryview(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)))  # which held 16 KB
    for secret in secrets:
        if len(secret) > 5:
            body = body.replace(secret.encode(), _MASK)
    return hub.Raw(str(external_id), hashlib.blake2b(body, digest_size=12).hexdigest(), body)
