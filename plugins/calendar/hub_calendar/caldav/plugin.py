"""The connector `calendar.caldav`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

import hub


def _url(given: str) -> str:
    parts = urlsplit(given if "://" in given else f"https://{given}")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(
            hub.sentence('"{text}" is no address of a server: write "https://caldav.my.example"').format(text=given)
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            hub.sentence("an address has neither users nor questions in it: write them into their own keys")
        )
    return parts.geturl()


Url = Annotated[str, AfterValidator(_url)]


class Settings(hub.Settings):
    """Where the calendars are, and whose."""

    url: Url = Field(
        title="Address of the server",
        description="The CalDAV server, or a user's or a calendar's own address there; {address} and {user} stand for theirs",
    )
    also_at: tuple[Url, ...] = Field(
        (), title="Also at", description="Other addresses that the server may send us to, passwords included"
    )
    sign_in: Literal["password", "token"] = Field(
        "password", title="Way to sign in", description="`password`, or `token`: a bearer token in the password's place"
    )
    address: hub.Address = Field("", title="Address", description="E-mail address of the one user")
    user: str = Field(
        "{address}", title="User", description="Name to sign in with; {address} stands for the user's address"
    )
    password: SecretStr | None = Field(
        None, title="Password", description="Password or token, for all users that have none of their own"
    )
    shared: bool = Field(default=False, title="Shared", description="Whether the one user's calendars are nobody's own")
    users: tuple[hub.AccountSettings, ...] = Field((), title="Users", description="Several users")
    users_file: Path | None = Field(
        None,
        title="File of users",
        description="CSV file with the columns address and, as needed, user, password, shared",
    )
    yandex360: hub.Yandex360 | None = Field(
        None, title="Yandex 360", description="Everybody's calendars of an organisation in Yandex 360 for Business"
    )
    calendars: tuple[str, ...] = Field(
        (), title="Calendars", description='Only these calendars, by title or name, as patterns: "Clients*"'
    )
    recent_days: int = Field(
        90, ge=0, le=3660, title="Recent days", description="How far back the first pull looks before it reads all else"
    )
    timezone: hub.Timezone = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        named = bool(self.address or self.users or self.users_file)
        if self.yandex360 and (named or self.password):
            text = hub.sentence("with `yandex360` the directory names the users: take the others and `password` out")
            raise ValueError(text)
        if not (named or self.yandex360):
            raise ValueError(hub.sentence("name a user with `address`, or several with `users` or `users_file`"))
        bare = self.address or any(user.password is None for user in self.users)
        if self.password is None and bare:
            raise ValueError(hub.sentence("a user has no password: write `password` for it, or for all"))
        return self


@contextmanager
def open_caldav(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_calendar.caldav.dav import Server  # noqa: PLC0415 - as above
    from hub_calendar.caldav.source import CalDav, Choice  # noqa: PLC0415 - as above

    server = Server(settings.url, "oauth" if settings.yandex360 else settings.sign_in, tools.network)
    choice = Choice(only=settings.calendars, recent=timedelta(days=settings.recent_days))
    with ExitStack() as stack:
        source = CalDav(server, _directory(settings, tools, stack), choice, tools)
        stack.callback(source.close)
        yield source


def _directory(settings: Settings, tools: hub.Tools, stack: ExitStack) -> Callable[[], Sequence[hub.Account]]:
    """Names the users there are now; what it needs open is closed with `stack`."""
    if not settings.yandex360:
        return lambda: users_of(settings)
    staff = hub.Yandex360Staff(settings.yandex360, tools)
    stack.callback(staff.close)
    return staff.accounts


def users_of(settings: Settings) -> Sequence[hub.Account]:
    """Whose calendars the settings name now: the file is read anew."""
    one = [hub.AccountSettings(address=settings.address, shared=settings.shared)] if settings.address else []
    listed = [each.account(settings.user, settings.password) for each in (*one, *settings.users)]
    path, setting = settings.users_file, "users_file"
    filed = (
        hub.accounts_in(path.expanduser(), setting=setting, user=settings.user, password=settings.password)
        if path
        else []
    )
    return hub.each_once([*listed, *filed], setting=setting if path else "users")


def map_caldav(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_calendar.caldav.resources import is_no_event, too_large  # noqa: PLC0415 - as above
    from hub_calendar.mapping import map_calendar  # noqa: PLC0415 - as above

    if is_no_event(body):
        return ()
    return too_large(body) or map_calendar(body, settings.timezone, window)


def hosts(settings: Settings) -> frozenset[str]:
    """Origins, so that `http://` counts where a person wrote it."""
    own = frozenset(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, (settings.url, *settings.also_at)))
    return own | (settings.yandex360.hosts if settings.yandex360 else frozenset())


CALENDAR_CALDAV = hub.Connector(
    name="calendar.caldav",
    title="Calendars on a CalDAV server",
    settings=Settings,
    open=open_caldav,
    map=map_caldav,
    capabilities=frozenset(("ids", "fetch", "size", "quiet")),
    hosts=hosts,
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CALENDAR_CALDAV]
