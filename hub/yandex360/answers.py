"""What the servers of Yandex 360 answer, read with care: JSON objects, and statuses in words for people."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from hub.errors import Unreachable
from hub.i18n import sentence

if TYPE_CHECKING:
    from hub.http.kinds import HttpResponse

Object = Mapping[str, Any]
_CODES = frozenset(
    ("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "invalid_target", "unauthorized_client",
     "unsupported_grant_type", "access_denied")
)  # fmt: skip
"""RFC 6749, 4.1.2.1 and 5.2; RFC 8693, 2.2.2."""


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
    """The code of an error, or "". Anything else is left out: it may repeat what we sent."""
    try:
        found = text(object_of(response), "error")
    except Unreachable:
        return ""
    return found if found in _CODES else ""


def undocumented(response: "HttpResponse") -> Unreachable:
    said = sentence("{who} answers something else than its documentation says (status {status})")
    fix = sentence("see whether a proxy between changes answers; else the hub tries again by itself")
    return Unreachable(said.format(who=who(response), status=response.status_code), fix=fix)


def who(response: "HttpResponse") -> str:
    """The origin that has answered."""
    parts = urlsplit(str(response.request.url))
    return f"{parts.scheme}://{parts.netloc}"
