"""What the servers of Yandex 360 answer, read with care: JSON objects, and statuses in words for people."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from hub.errors import Unreachable
from hub.i18n import sentence

if TYPE_CHECKING:
    from hub.http.kinds import HttpResponse

Object = Mapping[str, Any]
_CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")


def object_of(response: "HttpResponse") -> Object:
    """The JSON object of an answer. Raises `Unreachable` when it is none."""
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise undocumented(response)
    return found


def objects(of: Object, name: str) -> Iterator[Object]:
    """The objects of a list; what else stands in it is passed over."""
    found = of.get(name)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def number(of: Object, name: str, default: int) -> int:
    found = of.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else default


def text(of: Object, name: str) -> str:
    """A text, or a number as one: ids are written both ways."""
    found = of.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def problem(response: "HttpResponse") -> str:
    """The code of an error (RFC 6749, 5.2), or "". Its description is left out: it may repeat what we sent."""
    try:
        found = text(object_of(response), "error")
    except Unreachable:
        return ""
    return found if _CODE.fullmatch(found) else ""


def undocumented(response: "HttpResponse") -> Unreachable:
    said = sentence("{who} answers something else than its documentation says (status {status})")
    fix = sentence("see whether a proxy between changes answers; else the hub tries again by itself")
    return Unreachable(said.format(who=who(response), status=response.status_code), fix=fix)


def who(response: "HttpResponse") -> str:
    """The origin that has answered."""
    parts = urlsplit(str(response.request.url))
    return f"{parts.scheme}://{parts.netloc}"
