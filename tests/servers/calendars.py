"""Three real CalDAV servers of our own, each a program of its own on a free port of this machine, gone when it is closed.

    with radicale() as server:
        server.make("anna@my.example", "office")
        server.put("anna@my.example", "office", "1.ics", b"BEGIN:VCALENDAR...")

Any user can sign in to Radicale with `server.password`, and to Cyrus with any; Xandikos asks for none and has one user.
All keep their calendars as files under `server.folder`. `server.asked()` are the methods that the server itself has
logged. Started as root Cyrus runs as nobody, else as who starts it.
"""

import base64
import grp
import http.client
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).parent
CYRUS = Path("/usr/lib/cyrus/bin")
_SECONDS = 30
_RADICALE = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
htpasswd_cache = True
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/calendars
max_sync_token_age = {token_age}
[logging]
level = info
{extra}
"""
_MAKE = (
    '<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>{title}</displayname>'
    "<C:supported-calendar-component-set>{kinds}</C:supported-calendar-component-set></prop></set></C:mkcalendar>"
)


@dataclass
class CalDav:
    """A running server. `home` is the path of a user's calendars with {user} in it."""

    name: str
    folder: Path
    port: int
    command: list[str]
    home: str
    password: str = "geheim"
    logged: str = ""
    leave: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def path(self, user: str, calendar: str = "", name: str = "") -> str:
        home = quote(self.home.format(user=user))
        return home + (f"{quote(calendar)}/{quote(name, safe='@')}" if calendar else "")

    def make(self, user: str, calendar: str, title: str = "", kinds: tuple[str, ...] = ("VEVENT",)) -> None:
        comps = "".join(f'<C:comp name="{kind}"/>' for kind in kinds)
        self.ask(user, "MKCALENDAR", self.path(user, calendar), _MAKE.format(title=title or calendar, kinds=comps))

    def put(self, user: str, calendar: str, name: str, body: bytes) -> None:
        self.ask(user, "PUT", self.path(user, calendar, name), body, **{"Content-Type": "text/calendar; charset=utf-8"})

    def delete(self, user: str, calendar: str, name: str = "") -> None:
        self.ask(user, "DELETE", self.path(user, calendar, name))

    def ask(self, user: str, method: str, path: str, body: str | bytes = b"", **headers: str) -> bytes:
        signed = base64.b64encode(f"{user}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            content = body.encode() if isinstance(body, str) else body
            given = {"Authorization": f"Basic {signed}", "Content-Type": "application/xml", **headers}
            connection.request(method, path, content, given)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        assert answer.status < 300 or path.startswith("/mark"), (method, path, answer.status, said[:500])
        return said

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.name} does not start: {self.log()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(self.leave)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
            self.process = None

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def mark(self) -> int:
        """The place in the log where all requests so far are in it: a server may write them after it has answered."""
        name = f"/mark-{time.monotonic_ns()}"
        self.ask("anna@my.example", "GET", name)
        until = time.monotonic() + _SECONDS
        while name not in self.log() and time.monotonic() < until:
            time.sleep(0.01)
        return len(self.log())

    def asked(self, since: int = 0) -> list[str]:
        """The methods of the requests that the server has logged, from a place in its log on."""
        return re.findall(self.logged, self.log()[since:])


@contextmanager
def radicale(*, token_age: int = 2_592_000, extra: str = "") -> Iterator[CalDav]:
    folder = _folder("radicale")
    server = CalDav(
        name="radicale",
        folder=folder,
        port=_free_port(),
        command=[sys.executable, "-m", "radicale", "--config", str(folder / "config")],
        home="/{user}/",
        logged=r"\] (\w+) request for '",
    )
    (folder / "config").write_text(
        _RADICALE.format(port=server.port, folder=folder, token_age=token_age, extra=extra), "utf-8"
    )
    people = [f"{name}{number}@my.example" for name in ("anna", "boris") for number in ("", *range(1, 1000))]
    (folder / "users").write_text("".join(f"{one}:{server.password}\n" for one in people), "utf-8")
    yield from _running(server)


@contextmanager
def xandikos() -> Iterator[CalDav]:
    folder = _folder("xandikos")
    port = _free_port()
    server = CalDav(
        name="xandikos",
        folder=folder,
        port=port,
        command=[
            sys.executable, "-m", "xandikos", "serve", "-d", str(folder / "calendars"), "--defaults",
            "--no-detect-systemd", "-l", "127.0.0.1", "-p", str(port), "--current-user-principal", "/anna/",
            "--state-dir", str(folder / "state"), "--debug",
        ],
        home="/anna/calendars/",
        logged=r'"(\w+) /\S* HTTP/1\.1"',
    )  # fmt: skip
    yield from _running(server)


@dataclass
class Cyrus(CalDav):
    """A user comes to be with the first mail that is delivered to him. What is said to a user is in a folder of his own,
    a file for each process of the server: `log` puts the pieces together as they come.
    """

    lmtp_port: int = 0
    _written: str = ""
    _read: dict[Path, int] = field(default_factory=dict)

    def make(self, user: str, calendar: str, title: str = "", kinds: tuple[str, ...] = ("VEVENT",)) -> None:
        self.let_in(user)
        super().make(user, calendar, title, kinds)

    def let_in(self, user: str) -> None:
        place = self.folder / "conf" / "log" / user
        if not place.exists():
            place.mkdir(parents=True)
            self.own(place)
            with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=_SECONDS) as post:
                post.sendmail("boris@my.example", [user], b"Subject: Welcome\r\n\r\n")

    def log(self) -> str:
        for file in sorted((self.folder / "conf" / "log").glob("*/*")):
            with file.open("rb") as said:
                said.seek(self._read.get(file, 0))
                piece = said.read()
            self._read[file] = self._read.get(file, 0) + len(piece)
            self._written += piece.decode(errors="replace")
        return self._written or super().log()

    def mark(self) -> int:
        self.let_in("anna@my.example")
        return super().mark()

    def own(self, path: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(path, *_user())

    def forget(self) -> None:
        """Clear away what was deleted, and with it the tokens from before."""
        command = [*_as_user(), str(CYRUS / "cyr_expire"), "-C", str(self.folder / "imapd.conf"), "-X", "0", "-E", "0"]
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)


def has_cyrus() -> bool:
    return all((CYRUS / name).exists() for name in ("master", "httpd", "lmtpd"))


@contextmanager
def cyrus() -> Iterator[Cyrus]:
    """No memory disk: Cyrus is as fast on any."""
    folder, port, lmtp_port = _folder("cyrus"), _free_port(), _free_port()
    server = Cyrus(
        name="cyrus",
        folder=folder,
        port=port,
        command=[
            *_as_user(), str(CYRUS / "master"), "-C", str(folder / "imapd.conf"), "-M", str(folder / "cyrus.conf"),
            "-p", str(folder / "run" / "master.pid"),
        ],
        home="/dav/calendars/user/{user}/",
        logged=r"(?m)^<\d+<(\w+) /\S* HTTP/1\.1",
        leave=signal.SIGQUIT,
        lmtp_port=lmtp_port,
    )  # fmt: skip
    user, group = _user()
    words = {
        "@DIR@": str(folder), "@BIN@": str(CYRUS), "@PORT@": str(port), "@LMTP_PORT@": str(lmtp_port), "@USER@": user,
        "@GROUP@": group,
    }  # fmt: skip
    for name, made in (("cyrus.conf", "cyrus.conf"), ("cyrus_imapd.conf", "imapd.conf")):
        text = (HERE / name).read_text()
        for word, value in words.items():
            text = text.replace(word, value)
        (folder / made).write_text(text)
    for place in ("conf", "conf/log", "spool", "run"):
        (folder / place).mkdir()
        server.own(folder / place)
    server.own(folder)
    yield from _running(server)


def _user() -> tuple[str, str]:
    """Who runs a server, and the group: never root."""
    entry = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name


def _as_user() -> list[str]:
    if os.getuid() != 0:
        return []
    entry = pwd.getpwnam(_user()[0])
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def _running(server: CalDav) -> Iterator[CalDav]:
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def _folder(name: str) -> Path:
    """In memory, where there is such a place: both servers wait for the disk after every change."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix=f"hub-{name}-", dir=memory if memory.is_dir() else None))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
