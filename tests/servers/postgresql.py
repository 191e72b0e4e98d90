"""A real PostgreSQL of our own: in a temporary folder, on a socket in it, gone when it is closed.

    with running() as server:
        place = server.fresh()       a database with the hub's schema and nothing in it

It sorts texts as Russians do, so that nothing may rest on the order of a server. Nothing is synced to the disk.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from hub.store.address import Server
from hub.store.database import Store

HOW = "apt-get install postgresql"
_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "1GB",
    "lc_messages": "C",
}

_WHO_MAY = "local all asked scram-sha-256\nlocal all all trust\n"
"""The user `asked` is asked for a password, the others are not."""


def binaries() -> Path | None:
    """The folder of the server's programs; None where there are none."""
    found = shutil.which("postgres")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name.split(".")[0]))
    return next((one for one in reversed(folders) if (one / "postgres").exists() and (one / "initdb").exists()), None)


@dataclass
class PostgreSQL:
    """A running server. Its user is `hub`, who needs no password on the socket."""

    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def url(self, database: str = "postgres", *, user: str = "hub", more: str = "") -> str:
        return f"postgresql://{user}@/{quote(database)}?host={quote(str(self.folder))}{more}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        import psycopg

        try:
            connection = psycopg.connect(self.url(database), autocommit=True)
        except psycopg.OperationalError as error:
            error.add_note(self.said())
            raise
        with connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def said(self) -> str:
        """Whether it runs, and its last words: why nobody gets in."""
        ended = "was never started" if self.process is None else f"ended with {self.process.poll()}"
        try:
            return f"the server {ended}\n" + (self.folder / "log").read_text()[-2_000:]
        except OSError as error:
            return f"the server {ended}; of its log there is {error}"

    def empty(self) -> Server:
        """A database without anything."""
        return Server(self.url(self._make("template1")))

    def fresh(self) -> Server:
        """A database as `Store.open` leaves it."""
        return Server(self.url(self._make("made")))

    def drop(self, place: Server) -> None:
        self.run(f"DROP DATABASE {place.url.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    def _make(self, template: str) -> str:
        name = f"hub_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


@contextmanager
def running() -> Iterator[PostgreSQL]:
    programs = binaries()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="hub-postgresql-"))
    server, ours = PostgreSQL(folder), os.getpid()
    try:
        as_whom = _unprivileged(folder)
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "hub", "--encoding=UTF8", "--no-sync", "--auth=trust",
                  "--locale-provider=icu", "--icu-locale=ru", "--locale=C.UTF-8"]  # fmt: skip
        subprocess.run(initdb, check=True, capture_output=True, timeout=_SECONDS, cwd=folder, **as_whom)
        (folder / "data" / "pg_hba.conf").write_text(_WHO_MAY)
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server.process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, **as_whom, start_new_session=True,
                preexec_fn=_die_with_us,  # noqa: PLW1509 - it takes no lock
            )  # fmt: skip
        _wait(server)
        server.run("CREATE DATABASE made")
        Store.open(Server(server.url("made"))).close()
        yield server
    finally:
        if os.getpid() == ours:  # a child of a test that loses its way out comes here, too
            _stop(server)
            shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, object]:
    """The server refuses to run as root."""
    if os.geteuid():
        return {}
    who = pwd.getpwnam("nobody")
    os.chown(folder, who.pw_uid, who.pw_gid)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _die_with_us() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _wait(server: PostgreSQL) -> None:
    import psycopg

    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        assert server.process is not None
        assert server.process.poll() is None, (server.folder / "log").read_text()
        with suppress(psycopg.OperationalError):
            server.run("SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL does not start: {(server.folder / 'log').read_text()}")


def _stop(server: PostgreSQL) -> None:
    if server.process is None:
        return
    server.process.send_signal(signal.SIGINT)  # ends its sessions, too
    try:
        server.process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(_SECONDS)
