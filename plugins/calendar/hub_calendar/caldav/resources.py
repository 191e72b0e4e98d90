"""What is in a calendar: its resources by name, and their bodies by the batch."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import hub
from hub_calendar.caldav.dav import LARGEST, Declined, who
from hub_calendar.caldav.discovery import Calendar, url_of
from hub_calendar.caldav.multistatus import C, D, Malformed, Multistatus, Reply, doubted
from hub_calendar.caldav.requests import changes_since, contents, events_since, propfind

LONGEST_NAME = 1_000
_TOO_LARGE = b"X-HUB-TOO-LARGE:TRUE\n"
_NAMELESS = "~"
"""Begins what stands for a name that cannot be kept."""
_WHOLE = 1_000_000
"""Bytes of a resource that is kept as it stands; of a longer one embedded files are left out."""

_NOT_KNOWN = (405, 415, 501)
"""Answers of a server that tells of a token and has no report for it: then everything is listed anew."""

_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))
_EVENT = re.compile(rb"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
_NO_EVENT = re.compile(rb"^BEGIN:(?:VTODO|VJOURNAL|VFREEBUSY|VAVAILABILITY)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a calendar: its name (the end of its path), its href as the server writes it, its ETag."""

    name: str
    href: str
    etag: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a token: resources that are there, names of those that are not, the next token.

    With `more`, the server has not told everything, and goes on from that token.
    """

    there: Sequence[Resource]
    gone: Sequence[str]
    token: str
    more: bool


def listed(calendar: Calendar) -> dict[str, Resource]:
    """All resources of a calendar, by name. Raises `hub.Unreachable`."""
    body = propfind("D:getetag", "D:resourcetype")
    with _told(calendar), calendar.dav.asked("PROPFIND", calendar.url, body, depth="1") as replies:
        return {one.name: one for one in _resources(calendar, replies)}


def recent(calendar: Calendar, since: str) -> set[str]:
    """The names of resources with an event that lasts until after that day; none where the server cannot say."""
    try:
        with calendar.dav.asked("REPORT", calendar.url, events_since(since), depth="1") as replies:
            return {one.name for one in _resources(calendar, replies)}
    except (Declined, Malformed):
        return set()


def changes(calendar: Calendar, token: str) -> Changes:
    """What has changed since `token`. Raises `hub.CursorLost` when the server does not know it any more."""
    there: dict[str, Resource] = {}
    gone: dict[str, None] = {}
    more = False
    with _told(calendar), calendar.dav.asked("REPORT", calendar.url, changes_since(token), depth="0") as replies:
        for reply in replies:
            name = _name(calendar, reply)
            more = more or (reply.status == 507 and not name)
            if name and reply.status in (404, 410):
                gone[name] = None
            elif name and reply.status in (0, 200):
                there[name] = _resource(reply, name)
    return Changes(list(there.values()), [name for name in gone if name not in there], replies.token, more)


@dataclass(slots=True)
class Batch:
    """The resources of a page, whose bodies are fetched together once the first of them is asked for. Then those of the
    page `after` it are fetched, too, by the `thread`, while these are mapped: who wants these will want those.
    """

    calendar: Calendar
    resources: Sequence[Resource]
    thread: Executor
    after: "Batch | None" = None
    _coming: "Future[dict[str, bytes | None]] | None" = None
    _bodies: dict[str, bytes | None] = field(default_factory=dict)
    """By name; None of one that is gone. A body is given out once."""

    def begin(self) -> None:
        """Fetch the bodies, beside whatever else is done."""
        self._coming = self.thread.submit(_bodies, self.calendar, self.resources)

    def body(self, resource: Resource) -> bytes:
        """Raises `FileNotFoundError` when it is no longer there."""
        if resource.name not in self._bodies:
            self._bodies = self._fetched(resource)
            if self.after is not None:
                self.after.begin()
        found = self._bodies.pop(resource.name)
        if found is None:
            raise FileNotFoundError(resource.href)
        return found

    def _fetched(self, first: Resource) -> dict[str, bytes | None]:
        coming, self._coming = self._coming, None
        if coming is not None:
            return coming.result()
        start = next(at for at, one in enumerate(self.resources) if one.name == first.name)
        return _bodies(self.calendar, self.resources[start:])


def body_at(calendar: Calendar, name: str) -> bytes:
    """The body of one resource. Raises `FileNotFoundError` when it is not there."""
    if not name.startswith(_NAMELESS):
        return _got(calendar, url_of(calendar, name))
    found = listed(calendar).get(name)
    if found is None:
        raise FileNotFoundError(name)
    return _got(calendar, _url(calendar, found))


def revision_of(body: bytes) -> str:
    """What stands for the ETag where a server gives none."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


@contextmanager
def _told(calendar: Calendar) -> Iterator[None]:
    """What the server does not answer, as errors of the hub."""
    try:
        yield
    except Declined as declined:
        if declined.is_lost_token or declined.status in _NOT_KNOWN:
            text = hub.sentence("the server no longer knows how far the calendar {name} was read")
            raise hub.CursorLost(text.format(name=calendar.stream.name)) from declined
        raise declined.told() from declined
    except Malformed as error:
        raise doubted(who(calendar.url)) from error


# --- names -----------------------------------------------------------------------------------------------------------


def _resources(calendar: Calendar, replies: Iterable[Reply]) -> Iterator[Resource]:
    for reply in replies:
        name = _name(calendar, reply)
        if name and reply.status in (0, 200) and f"{D}collection" not in reply.kinds(f"{D}resourcetype"):
            yield _resource(reply, name)


def _resource(reply: Reply, name: str) -> Resource:
    return Resource(name, reply.href, reply.text(f"{D}getetag")[:LONGEST_NAME].replace("\0", ""))


def _name(calendar: Calendar, reply: Reply) -> str:
    """The resource's name within the calendar; "" for the calendar itself, for what is deeper inside and elsewhere."""
    home, path = calendar.path, reply.path
    name = path.removeprefix(home) if path.startswith(home) else ""
    if not name or "/" in name or name in (".", ".."):
        return ""
    if len(name) <= LONGEST_NAME and name.isprintable() and not name.startswith(_NAMELESS):
        return name
    return f"{_NAMELESS}{revision_of(reply.href.encode('utf-8', 'replace'))}"


# --- bodies ----------------------------------------------------------------------------------------------------------


def _bodies(calendar: Calendar, resources: Sequence[Resource]) -> dict[str, bytes | None]:
    """The bodies of resources by name. What does not come in one answer is asked for one by one, outside of XML."""
    found: dict[str, bytes] = {}
    try:
        body = contents([one.href for one in resources])
        with calendar.dav.asked("REPORT", calendar.url, body, depth="0") as replies:
            found = _contents(calendar, replies)
    except (Declined, Malformed, hub.TooLarge):
        pass
    return {one.name: found[one.name] if one.name in found else _one(calendar, one) for one in resources}


def _contents(calendar: Calendar, replies: Multistatus) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for reply in replies:
        name = _name(calendar, reply)
        if name and f"{C}calendar-data" in reply.props:
            found[name] = slim(canonical(reply.text(f"{C}calendar-data").encode("utf-8", "replace")))
    return found


def _one(calendar: Calendar, resource: Resource) -> bytes | None:
    try:
        return _got(calendar, _url(calendar, resource))
    except FileNotFoundError:
        return None


def _url(calendar: Calendar, resource: Resource) -> str:
    """Where a resource is: at the calendar's own host, under the name that the server itself has written."""
    return urljoin(calendar.url, f"./{urlsplit(resource.href).path.rpartition('/')[2]}")


def _got(calendar: Calendar, url: str) -> bytes:
    try:
        return slim(canonical(calendar.dav.get(url)))
    except hub.TooLarge:
        return _TOO_LARGE


def canonical(body: bytes) -> bytes:
    """The same bytes whether they came inside XML, which knows neither CR nor control characters, or as they are."""
    plain = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return plain.translate(None, _CONTROL).strip() + b"\n"


def slim(body: bytes) -> bytes:
    """A body without embedded files and other endless lines, where it is long."""
    if len(body) <= _WHOLE:
        return body
    from hub_calendar import split  # noqa: PLC0415 - few are long

    file = BytesIO(body)
    return b"".join(piece.body for piece in split.pieces(file, split.index(file))) or body[:_WHOLE]


def is_no_event(body: bytes) -> bool:
    """Whether it is something else that calendars hold: a task, a note, somebody's free times."""
    return not _EVENT.search(body) and _NO_EVENT.search(body) is not None


def too_large(body: bytes) -> hub.Unreadable | None:
    if body != _TOO_LARGE:
        return None
    reason = hub.sentence("the event is larger than {size} MB").format(size=LARGEST // 1_000_000)
    return hub.Unreadable(reason=reason)
