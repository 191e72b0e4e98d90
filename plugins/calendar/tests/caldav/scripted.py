"""A CalDAV server of a few lines that does what a test wants, right or wrong: one user, one calendar `/anna/office/`."""

import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from xml.sax.saxutils import escape

HOME, CALENDAR = "/anna/", "/anna/office/"
_CALENDAR = (
    "<resourcetype><collection/><C:calendar/></resourcetype><displayname>{title}</displayname>"
    "<S:getctag>{ctag}</S:getctag>{token}"
)


def multistatus(*replies: str, after: str = "") -> str:
    return (
        '<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        f' xmlns:S="http://calendarserver.org/ns/">{"".join(replies)}{after}</multistatus>'
    )


def reply(href: str, props: str = "", status: str = "") -> str:
    if status:
        return f"<response><href>{href}</href><status>HTTP/1.1 {status}</status></response>"
    stat = f"<propstat><prop>{props}</prop><status>HTTP/1.1 200 OK</status></propstat>"
    return f"<response><href>{href}</href>{stat}</response>"


@dataclass
class Scripted:
    """`events` are bodies by name, `version` counts their changes. Any method of `answers` replaces what is usual:
    (method, kind of report or "") -> function of the request that gives (status, body), or None for what is usual.
    """

    events: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    version: int = 1
    title: str = "Работа"
    tokens: bool = True
    ctags: bool = True
    etags: bool = True
    answers: dict[tuple[str, str], object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def put(self, name: str, body: bytes) -> None:
        self.version += 1
        self.events[name] = body
        self.versions[name] = self.version

    def delete(self, name: str) -> None:
        self.version += 1
        del self.events[name]
        self.versions[name] = self.version

    # --- what is usual ---

    def answer(self, method: str, path: str, body: str) -> tuple[int, str | bytes]:
        report = (
            match[1]
            if (match := re.search(r"<(?:D|C):(sync-collection|calendar-query|calendar-multiget)", body))
            else ""
        )
        self.asked.append((method, report, path))
        special = self.answers.get((method, report))
        if special is not None and (said := special(path, body)) is not None:
            return said
        match method, report:
            case "PROPFIND", _:
                return self.propfind(path)
            case "REPORT", "sync-collection":
                return 207, self.changes(body)
            case "REPORT", "calendar-multiget":
                return 207, self.contents(re.findall(r"<D:href>(.*?)</D:href>", body))
            case "REPORT", "calendar-query":
                return 207, multistatus(*(self.listed(name) for name in self.events))
            case "GET", _:
                name = unquote(path.rpartition("/")[2])
                return (200, self.events[name]) if name in self.events else (404, "")
        return 405, ""

    def propfind(self, path: str) -> tuple[int, str]:
        if path == CALENDAR:
            return 207, multistatus(self.described(), *(self.listed(name) for name in self.events))
        if path == HOME:
            home = f"<C:calendar-home-set><href>{HOME}</href></C:calendar-home-set>"
            return 207, multistatus(reply(HOME, home), self.described())
        if path == "/":
            return 207, multistatus(reply("/", f"<current-user-principal><href>{HOME}</href></current-user-principal>"))
        return 404, ""

    def described(self) -> str:
        token = f"<sync-token>t{self.version}</sync-token>" if self.tokens else ""
        ctag = f"c{self.version}" if self.ctags else ""
        return reply(CALENDAR, _CALENDAR.format(title=self.title, token=token, ctag=ctag))

    def listed(self, name: str, more: str = "") -> str:
        etag = f'<getetag>"{self.versions[name]}"</getetag>' if self.etags else ""
        return reply(CALENDAR + escape(name), etag + more)

    def changes(self, body: str) -> str:
        since = int(re.search(r"<D:sync-token>t(\d+)<", body)[1])
        changed = [name for name, version in self.versions.items() if version > since]
        replies = [
            self.listed(name) if name in self.events else reply(CALENDAR + name, status="404 Not Found")
            for name in changed
        ]
        return multistatus(*replies, after=f"<sync-token>t{self.version}</sync-token>")

    def contents(self, hrefs: list[str]) -> str:
        found = []
        for href in hrefs:
            name = unquote(href.rpartition("/")[2])
            if name in self.events:
                text = escape(self.events[name].decode("utf-8", "replace"))
                found.append(self.listed(name, f"<C:calendar-data>{text}</C:calendar-data>"))
            else:
                found.append(reply(href, status="404 Not Found"))
        return multistatus(*found)


class Running:
    """The server on a port; `signed` are the credentials it was sent."""

    def __init__(self, script: Scripted) -> None:
        self.signed = signed = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self) -> None:
                signed.append(self.headers.get("Authorization", ""))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, said = script.answer(self.command, self.path, body.decode())
                content = said.encode() if isinstance(said, str) else said
                self.send_response(status)
                for name, value in script.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def __getattr__(self, name: str) -> object:
                if name.startswith("do_"):
                    return self._do
                raise AttributeError(name)

            def handle_one_request(self) -> None:
                with suppress(ConnectionError):
                    super().handle_one_request()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
