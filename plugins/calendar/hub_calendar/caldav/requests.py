"""The XML that we send: PROPFIND (RFC 4918, 9.1) and the reports of RFC 4791 and RFC 6578."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?><{tag} xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    ' xmlns:S="http://calendarserver.org/ns/">'
)


def _document(tag: str, inside: str) -> bytes:
    return f"{_OPEN.format(tag=tag)}{inside}</{tag}>".encode()


def propfind(*names: str) -> bytes:
    """`names` with the prefixes D, C or S."""
    return _document("D:propfind", f"<D:prop>{''.join(f'<{name}/>' for name in names)}</D:prop>")


def changes_since(token: str) -> bytes:
    """What has changed since a token (RFC 6578, 3.2). There is no limit in it: Xandikos cuts what is over one off, and
    gives the last token all the same.
    """
    inside = f"<D:sync-token>{escape(token)}</D:sync-token><D:sync-level>1</D:sync-level>"
    return _document("D:sync-collection", f"{inside}<D:prop><D:getetag/></D:prop>")


def events_since(day: str) -> bytes:
    """The ETags of events that last until after the beginning of a day, "20260824" (RFC 4791, 9.9)."""
    inside = (
        '<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{day}T000000Z"/></C:comp-filter></C:comp-filter></C:filter>'
    )
    return _document("C:calendar-query", inside)


def contents(hrefs: Iterable[str]) -> bytes:
    """The bodies of these (RFC 4791, 7.9)."""
    named = "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs)
    return _document("C:calendar-multiget", f"<D:prop><D:getetag/><C:calendar-data/></D:prop>{named}")
