"""From an address to the calendars of a user (RFC 6764, section 6, and RFC 4791, 6.2).

the address itself ─┬─ is a calendar ───────────────────────────────────────────────> that one
                    ├─ names a home ──────────────────────────┐
                    ├─ names the principal ─> PROPFIND there ─┴─> PROPFIND of each home, Depth 1 ─> calendars
                    └─ neither: /.well-known/caldav, then the same once more
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

import hub
from hub_calendar.caldav.dav import Dav, Declined, who
from hub_calendar.caldav.multistatus import C, D, Reply, S

WELL_KNOWN = "/.well-known/caldav"
_ABOUT_USER = ("D:current-user-principal", "C:calendar-home-set", "D:resourcetype")
_ABOUT_CALENDAR = ("D:resourcetype", "D:displayname", "D:sync-token", "C:supported-calendar-component-set")
_MOST_CALENDARS = 2_000
_LONGEST_TOKEN = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar of a user. `token` and `ctag` are its state as the server told them just now, "" where it has none."""

    dav: Dav
    url: str
    name: str
    title: str
    token: str = ""
    ctag: str = ""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.url).path)

    @property
    def stream(self) -> hub.Stream:
        account = self.dav.account
        return hub.Stream(f"{account.address}/{self.name}", self.title, "" if account.shared else account.address)


def calendars(dav: Dav) -> list[Calendar]:
    """The calendars with events that the user has now. Raises one of `hub.errors`."""
    try:
        return _calendars(dav)
    except Declined as declined:
        raise declined.told() from declined


def sign_in(dav: Dav) -> None:
    """Ask who we are. Raises one of `hub.errors`."""
    try:
        _beginning(dav)
    except Declined as declined:
        raise declined.told() from declined


def _calendars(dav: Dav) -> list[Calendar]:
    url, reply = _beginning(dav)
    if f"{C}calendar" in reply.kinds(f"{D}resourcetype"):
        home = urljoin(url, ".." if url.endswith("/") else ".")
        return _with_ctags(dav, url, "0", list(_found(dav, home, url, dav.propfind(url, *_ABOUT_CALENDAR)[1])))
    found: dict[str, Calendar] = {}
    for home in _homes(dav, url, reply):
        at, replies = dav.propfind(home, *_ABOUT_CALENDAR, depth="1")
        for calendar in _with_ctags(dav, at, "1", list(_found(dav, at, at, replies))):
            found.setdefault(calendar.url, calendar)
    return _told_apart(found.values())


def _beginning(dav: Dav) -> tuple[str, Reply]:
    """The first address that knows the user, looked for once in a session."""
    if dav.beginning is None:
        dav.beginning = _found_beginning(dav)
    return dav.beginning


def _found_beginning(dav: Dav) -> tuple[str, Reply]:
    """The given address, or where the server keeps its CalDAV."""
    given = dav.url
    tried = [given, urljoin(given, WELL_KNOWN)]
    if urlsplit(given).path == "/":
        tried.reverse()
    problem: Declined | hub.Unreachable | None = None
    for url in dict.fromkeys(tried):
        try:
            at, replies = dav.propfind(url, *_ABOUT_USER)
        except (Declined, hub.Unreachable) as error:
            if isinstance(error, hub.AskedToWait):
                raise
            problem = problem or error
            continue
        for reply in replies:
            if reply.hrefs(f"{D}current-user-principal") or _is_known(reply):
                return at, reply
    raise problem or _nobody(given)


def _is_known(reply: Reply) -> bool:
    return bool(reply.hrefs(f"{C}calendar-home-set")) or f"{C}calendar" in reply.kinds(f"{D}resourcetype")


def _nobody(url: str) -> hub.Unreachable:
    text = hub.sentence("no calendars were found at {url}")
    fix = hub.sentence("write the address that the server's own pages name for CalDAV")
    return hub.Unreachable(text.format(url=who(url)), fix=fix)


def _homes(dav: Dav, url: str, reply: Reply) -> list[str]:
    homes = reply.hrefs(f"{C}calendar-home-set")
    if not homes:
        [principal, *_others] = reply.hrefs(f"{D}current-user-principal")
        url, replies = dav.propfind(urljoin(url, principal), "C:calendar-home-set")
        homes = [home for one in replies for home in one.hrefs(f"{C}calendar-home-set")]
    if not homes:
        raise _nobody(url)
    return [urljoin(url, home) for home in dict.fromkeys(homes)]


def _found(dav: Dav, home: str, at: str, replies: Iterable[Reply]) -> Iterator[Calendar]:
    """The calendars among the replies to a request at a URL, named by their place under the home."""
    for reply, _number in zip(replies, range(_MOST_CALENDARS), strict=False):
        if _has_events(reply):
            url = _collection(at, reply)
            name = _under(home, url)
            token = reply.text(f"{D}sync-token")
            yield Calendar(
                dav=dav,
                url=url,
                name=name,
                title=" ".join(reply.text(f"{D}displayname").split())[:200] or name,
                token=token if len(token) <= _LONGEST_TOKEN else "",
            )


def _with_ctags(dav: Dav, url: str, depth: Literal["0", "1"], found: list[Calendar]) -> list[Calendar]:
    """The calendars with their ctags, where one has no token. Servers reckon both from all that is in a calendar, so
    that asking for both takes twice as long.
    """
    if all(one.token for one in found):
        return found
    at, replies = dav.propfind(url, "S:getctag", depth=depth)
    ctags = {_collection(at, reply): reply.text(f"{S}getctag")[:_LONGEST_TOKEN] for reply in replies}
    return [replace(one, ctag=ctags.get(one.url, "")) for one in found]


def _collection(at: str, reply: Reply) -> str:
    """Where a calendar is: at the host that has answered, whatever a proxy in front of it makes of its own name."""
    path = urlsplit(reply.href).path
    return urljoin(at, path if path.endswith("/") else f"{path}/")


def _has_events(reply: Reply) -> bool:
    """Whether it is a calendar of the user's own that may have events in it; one that says nothing may."""
    kinds = reply.kinds(f"{D}resourcetype")
    if f"{C}calendar" not in kinds or f"{S}subscribed" in kinds:
        return False
    components = reply.props.get(f"{C}supported-calendar-component-set")
    named = {one.get("name", "").upper() for one in components.iter(f"{C}comp")} if components is not None else set()
    return not named or "VEVENT" in named


def _under(home: str, url: str) -> str:
    """The calendar's place under the home, or its whole path where it is elsewhere."""
    above, path = (unquote(urlsplit(one).path) for one in (home, url))
    return (path.removeprefix(above) or path).strip("/").replace("\0", "") or "calendar"


def _told_apart(found: Iterable[Calendar]) -> list[Calendar]:
    """The calendars; of two with the same name in different homes, the later one under its whole path."""
    told: dict[str, Calendar] = {}
    for one in found:
        name = one.name if one.name not in told else one.path.strip("/")
        told.setdefault(name, replace(one, name=name))
    return list(told.values())


def url_of(calendar: Calendar, name: str) -> str:
    """Where a resource of this name is."""
    return urljoin(calendar.url, quote(name, safe="@!$&'()*+,;=~"))
