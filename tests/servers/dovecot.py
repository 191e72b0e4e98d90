"""A Dovecot of our own: no root needed, on a free port of this machine, in a temporary folder, gone when it is closed.

    with dovecot() as server:
        server.deliver("anna@my.example", "INBOX", b"From: ...")
        imaplib.IMAP4("127.0.0.1", server.port).login("anna@my.example", server.password)

Any address can sign in with `password`; the address and `*master` with `master`; tokens are asked for at `introspection`,
where they are known. Mails lie as Maildirs under `mail/ADDRESS`. Started as root it runs as nobody, else as who starts it.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
HERE = Path(__file__).parent
_SECONDS = 15


def is_installed() -> bool:
    return Path(PROGRAM).exists() and shutil.which("doveadm") is not None


@dataclass
class Dovecot:
    """A running server. `tokens` says whose an access token is; `folder` is where everything of it lies."""

    folder: Path
    port: int
    tls_port: int
    user: str
    password: str = "geheim"
    master: str = "generalschlüssel"
    tokens: dict[str, str] = field(default_factory=dict)
    _names: Iterator[int] = field(default_factory=count)

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def maildir(self, address: str, folder: str = "INBOX") -> Path:
        top = self.folder / "mail" / address
        return top if folder == "INBOX" else top / f".{folder.replace('/', '.')}"

    def deliver(self, address: str, folder: str, mail: bytes, *, flags: str = "", name: str = "") -> Path:
        """Put a mail into a folder that is there, as a delivery agent does."""
        name = name or f"{time.time():.6f}.{next(self._names)}.test"
        place = self.maildir(address, folder) / ("cur" if flags else "new")
        self.make(address, folder)
        file = place / (f"{name}:2,{flags}" if flags else name)
        written = self.maildir(address, folder) / "tmp" / name
        written.write_bytes(mail)
        self.own(written)
        return written.replace(file) and file

    def make(self, address: str, folder: str = "INBOX") -> None:
        """The folders of a Maildir on the disk."""
        place = self.maildir(address, folder)
        for name in ("cur", "new", "tmp"):
            if not (place / name).is_dir():
                (place / name).mkdir(parents=True)
                for made in (place / name, place, self.maildir(address)):
                    self.own(made)

    def listen(self, address: str) -> None:
        """Write down from now on what is said to a mailbox."""
        place = self.folder / "said" / address
        place.mkdir(parents=True, exist_ok=True)
        for path in (place.parent, place):
            self.own(path)

    def heard(self, address: str) -> list[str]:
        """The commands that a mailbox was given since `listen`, without their tags, in order of the sessions."""
        said = [file.read_text() for file in sorted((self.folder / "said" / address).glob("*.in"))]
        lines = [line.split(" ", 1)[1] for line in "".join(said).splitlines()]  # after the time
        return [line.split(" ", 1)[1] for line in lines if " " in line]

    def own(self, path: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(path, self.user)

    def doveadm(self, *words: str, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            [*_as(self.user), "doveadm", "-c", str(self.folder / "dovecot.conf"), *words],
            input=stdin, capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def log(self) -> str:
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""


def _as(user: str) -> list[str]:
    if os.getuid() != 0:
        return []
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


@contextmanager
def dovecot(extra: str = "", tokens_at: int = 0, *, knows_tokens: bool = True) -> Iterator[Dovecot]:
    """A server; `extra` is added to its configuration. `tokens_at` is a port of this machine where tokens are known. Who
    forks wants no thread beside it, and so no tokens.
    """
    folder = Path(tempfile.mkdtemp(prefix="hub-dovecot-", dir="/tmp"))
    user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    port, tls_port, token_port = _free_ports(3)
    server = Dovecot(folder, port, tls_port, user)
    try:
        _prepare(server, tokens_at or token_port, extra)
        with _introspection(token_port, server.tokens) if knows_tokens else nullcontext(), _running(server):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def _prepare(server: Dovecot, token_port: int, extra: str) -> None:
    folder = server.folder
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    entry = pwd.getpwnam(server.user)
    group = subprocess.run(["id", "-gn", server.user], capture_output=True, text=True, check=True).stdout.strip()
    words = {
        "@DIR@": str(folder), "@PORT@": str(server.port), "@TLS_PORT@": str(server.tls_port),
        "@TOKEN_PORT@": str(token_port), "@USER@": server.user, "@GROUP@": group,
        "@UID@": str(entry.pw_uid), "@GID@": str(entry.pw_gid), "@PASSWORD@": server.password, "@EXTRA@": extra,
    }  # fmt: skip
    for name in ("dovecot.conf", "oauth2.conf.ext"):
        text = (HERE / name).read_text()
        for word, value in words.items():
            text = text.replace(word, value)
        (folder / name).write_text(text)
    (folder / "masters").write_text(f"master:{{PLAIN}}{server.master}\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
         "-out", server.certificate], capture_output=True, check=True, timeout=_SECONDS,
    )  # fmt: skip
    for path in (folder, folder / "mail", folder / "key.pem"):
        server.own(path)


@contextmanager
def _running(server: Dovecot) -> Iterator[None]:
    process = subprocess.Popen(
        [*_as(server.user), PROGRAM, "-F", "-c", str(server.folder / "dovecot.conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(server, process)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it waits long for clients to leave
        process.wait(_SECONDS)
        if process.stderr:
            process.stderr.close()


def _wait_for(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            said = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"Dovecot does not start: {said} {server.log()}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1) as sock:
            if sock.recv(4) == b"* OK":
                return
        time.sleep(0.02)
    raise RuntimeError(f"Dovecot does not answer: {server.log()}")


@contextmanager
def _introspection(port: int, tokens: dict[str, str]) -> Iterator[None]:
    """What Dovecot asks about a token (RFC 7662, with GET)."""

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            known = tokens.get(token)
            body = (f'{{"active":true,"email":"{known}"}}' if known else '{"active":false}').encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", port), Asked)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        web.shutdown()
        web.server_close()
        thread.join(_SECONDS)
