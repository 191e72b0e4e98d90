"""The configuration as the hub uses it: frozen, complete, normalised."""

import os
import sys
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hub.connectors import Settings
from hub.core.clients import Employee, Ours
from hub.core.policy import Never, Policy
from hub.http.origins import ascii_host
from hub.i18n import told
from hub.installed import Installed
from hub.settings.models import ConnectionTable, EmployeeTable, FileTable, SyncTable, WebTable, attachment_size, seconds
from hub.store.address import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Our own company. `timezone` is an IANA name; `ours` tells who is one of us."""

    name: str
    timezone: str
    language: Literal["ru", "en"]
    ours: Ours

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a connection reaches the outside. `proxy` is a URL, "none", or "" where the environment may name one."""

    proxy: str = ""
    proxy_password: str = field(default="", repr=False)
    ca_file: Path | None = None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the process of a connection may take: `memory` bytes above what it begins with, `silence` seconds without a
    word. So many `processes` work at once.
    """

    memory: int = 1 << 30
    silence: float = 900.0
    processes: int = field(default_factory=cores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where the hub's web server answers: `host` "" for nowhere. `hosts` are the names that it may be called by, `url` is
    its address from outside, "" where there is none.
    """

    host: str = ""
    port: int = 0
    url: str = ""
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connector with its settings. `id` is permanent, `name` what people call it; paths in `settings` are absolute.

    It is pulled `every` so many seconds, where that is its own. `vanish_threshold` is the share of a stream that may vanish
    at once before a person is asked. `signs_in`: with a browser (`hub connect`).
    """

    name: str
    id: str
    connector: str
    settings: Settings
    policy: Policy = field(default_factory=Policy)
    enabled: bool = True
    every: float | None = None
    vanish_threshold: float = 0.2
    way: Way = Way()
    hook_secret: str = field(default="", repr=False)
    signs_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenConnection:
    """A connection whose plugin does not work: the others go on without it."""

    name: str
    id: str
    connector: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the configuration says.

    `path` is hub.toml, `home` the folder where relative paths start. The database is on `server`, or where there is none
    the file `store_path`, which is absolute. Connections are pulled `every` so many seconds. `limits` are those of the
    processes that read connections; None where they are read in the hub's own. `broken` are connections that cannot be
    used although the configuration is right. `installed` was there to choose from when it was read.
    """

    path: Path
    home: Path
    company: Company
    store_path: Path
    every: float = 300.0
    horizon_days: int = 366
    limits: Limits | None = None
    connections: tuple[Connection, ...] = ()
    broken: tuple[BrokenConnection, ...] = ()
    server: Server | None = None
    web: Web = Web()
    notices_url: str = field(default="", repr=False)
    installed: tuple[Installed, ...] = ()

    @property
    def database(self) -> Path | Server:
        """Where the database is."""
        return self.server or self.store_path

    def connection(self, name: str) -> Connection | None:
        """The connection of this name or id."""
        return next((one for one in self.connections if name in (one.name, one.id)), None)

    def told(self, said: str, *connections: str) -> str:
        """What the plugin of one of these connections (names or ids) said, or the hub of it, in the language spoken
        now.
        """
        found = (self.connection(one) for one in connections)
        return told(said, *(locale_of(type(one.settings)) for one in found if one))


def locale_of(settings: type[Settings]) -> Path:
    """The folder of the catalogs of the plugin whose settings these are: `locale` in the package of the module that
    states them, or in one around it.
    """
    module = sys.modules.get(settings.__module__)
    own = Path(getattr(module, "__file__", None) or "").parent
    packages = (own, *takewhile(lambda folder: (folder / "__init__.py").exists(), own.parents))
    return next((found for folder in packages if (found := folder / "locale").is_dir()), own / "locale")


def home_of(path: Path) -> Path:
    """Where relative paths start: the folder of hub.toml, or the one above it where that is called `config`.

    /srv/hub/config/hub.toml → /srv/hub; /etc/hub/hub.toml → /etc/hub.
    """
    folder = path.absolute().parent
    return folder.parent if folder.name == "config" else folder


def company(file: FileTable) -> Company:
    table, clients = file.company, file.clients
    return Company(
        name=table.name,
        timezone=table.timezone,
        language=table.language,
        ours=Ours(
            domains=frozenset(table.domains),
            employees=tuple(_employee(one) for one in table.employees),
            country=table.country,
            free_mail=frozenset(clients.free_mail),
            never_clients=frozenset(clients.never),
            from_outgoing=clients.from_outgoing,
        ),
    )


def limits(table: SyncTable) -> Limits | None:
    if not table.isolate:
        return None
    processes = table.processes or cores()
    return Limits(memory=table.memory_mb << 20, silence=table.silence_minutes * 60, processes=processes)


_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def web(table: WebTable) -> Web:
    host, _colon, port = table.listen.rpartition(":")
    own = {ascii_host(urlsplit(table.url).hostname or "")} if table.url else set()
    return Web(host=host.strip("[]"), port=int(port or 0), url=table.url, hosts=_LOOPBACK | own | {*table.hosts})


def _employee(table: EmployeeTable) -> Employee:
    return Employee(
        name=table.name,
        emails=tuple(table.emails),
        phones=tuple(table.phones),
        extensions=tuple(table.extensions),
        manager=table.manager,
        deputy=table.deputy,
        absent_from=table.absent_from,
        absent_until=table.absent_until,
    )


def connection(name: str, table: ConnectionTable, settings: Settings) -> Connection:
    return Connection(
        name=name,
        id=table.id or name,
        connector=table.connector,
        settings=settings,
        policy=policy(table),
        enabled=table.enabled,
        every=seconds(table.every) if table.every is not None else None,
        vanish_threshold=table.vanish_threshold,
        way=Way(proxy=table.proxy, proxy_password=table.proxy_password.get_secret_value(), ca_file=table.ca_file),
        hook_secret=table.hook_secret.get_secret_value(),
    )


def policy(table: ConnectionTable) -> Policy:
    never = Never(
        addresses=frozenset(table.never.addresses),
        domains=frozenset(table.never.domains),
        folders=frozenset(table.never.folders),
        labels=frozenset(table.never.labels),
        keywords=frozenset(table.never.keywords),
    )
    return Policy(
        store=table.store, never=never, keep_raw=table.keep_raw, attachments=attachment_size(table.attachments)
    )
