"""The side of Yandex in Yandex 360 for Business: directory, shared mailboxes, tokens. All three hosts on one port.

    python -m hub.simulators.yandex360 --port 8360 --people 12

    GET  /v1/directory/organizations/{org}/users            https://yandex.ru/dev/api360/doc/ru/directory/get-users
    GET  /admin/v1/org/{org}/mailboxes/shared[/{id}]        .../doc/ru/ref/MailboxService/MailboxService_ListShared, _GetShared
    POST /token                                             https://yandex.ru/support/yandex-360/business/admin/ru/security-service-applications
    GET  /introspect                                        nothing of Yandex: whose a token is, for a mail server of the test

What the pages say is kept to the letter: `OAuth` in the header (https://yandex.ru/dev/api360/doc/ru/access), `offset` only in
multiples of `limit`, ids as numbers in one list and as texts in the other, 400, 401, 403, 404, tokens for an hour.
Assumptions: the codes of refused tokens (RFC 6749, 5.2), pages of at most `longest_page`, 429 with Retry-After beyond
`tokens_an_hour`.

`faults` are answers for the next requests whose path begins so; `log` is what was asked, without any secret.
"""

import argparse
import json
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECTS = "urn:yandex:params:oauth:token-type:"
READ_USERS = "directory:read_users"
READ_SHARED = "ya360_admin:mail_read_shared_mailbox_inventory"
_MOST_BYTES = 10_000


@dataclass
class Person:
    """An account of the organisation. Without `mail` its tokens open no mailbox."""

    id: int
    email: str
    aliases: list[str] = field(default_factory=list)
    is_enabled: bool = True
    is_dismissed: bool = False
    is_robot: bool = False
    is_admin: bool = False
    mail: bool = True


@dataclass
class Shared:
    """A shared mailbox."""

    id: int
    email: str
    name: str = ""


@dataclass(frozen=True)
class Fault:
    """An answer in the place of the true one."""

    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass
class Yandex360:
    """An organisation, and what its servers answer. Change it while it runs: people join, leave, are blocked.

    `rights` are those of the administrator's token, `scopes` those of the service application, which its tokens keep.
    """

    organisation: int = 1234567
    client_id: str = "service-application"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    directory_token: str = field(default_factory=lambda: f"y0_{secrets.token_hex(16)}")
    rights: set[str] = field(default_factory=lambda: {READ_USERS, READ_SHARED})
    scopes: set[str] = field(default_factory=lambda: {"mail:imap_ro", "calendar:all"})
    people: list[Person] = field(default_factory=list)
    shared: list[Shared] = field(default_factory=list)
    longest_page: int = 1000
    lifetime: int = 3600
    tokens_an_hour: int = 1000
    faults: list[Fault] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    port: int = 0
    clock: Callable[[], float] = time.time
    _tokens: dict[str, tuple[str, float, frozenset[str]]] = field(default_factory=dict)
    _given: deque[float] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def table(self) -> dict[str, Any]:
        """The settings of a connection to this organisation."""
        return {
            "organisation": self.organisation, "client_id": self.client_id, "client_secret": self.client_secret,
            "directory_token": self.directory_token,
            "directory_url": self.url, "admin_url": self.url, "token_url": self.url,
        }  # fmt: skip

    def withdraw(self, email: str = "") -> None:
        """End the tokens of an account before their time, or all of them."""
        for token in [token for token, one in self._tokens.items() if email in ("", one[0])]:
            del self._tokens[token]

    # --- answers: (status, headers, object) ---

    def answer(self, method: str, path: str, asked: Mapping[str, str], authorization: str) -> "Answer":
        parts = path.strip("/").split("/")
        match method, parts:
            case "POST", ["token"]:
                return self._token(asked)
            case "GET", ["introspect"]:
                return self._introspected(authorization.removeprefix("Bearer "))
            case "GET", ["v1", "directory", "organizations", organisation, "users"]:
                return self._permitted(organisation, authorization, READ_USERS) or self._users(asked)
            case "GET", ["admin", "v1", "org", organisation, "mailboxes", "shared"]:
                return self._permitted(organisation, authorization, READ_SHARED) or self._all_shared(asked)
            case "GET", ["admin", "v1", "org", organisation, "mailboxes", "shared", mailbox]:
                return self._permitted(organisation, authorization, READ_SHARED) or self._one_shared(mailbox)
            case _:
                return _error(404, "not found")

    def _permitted(self, organisation: str, authorization: str, right: str) -> "Answer | None":
        if authorization != f"OAuth {self.directory_token}":
            return _error(401, "Unauthorized")
        if right not in self.rights:
            return _error(403, "Forbidden")
        return None if organisation == str(self.organisation) else _error(404, "Not Found")

    def _users(self, asked: Mapping[str, str]) -> "Answer":
        limit, offset = _number(asked, "limit", 20), _number(asked, "offset", 0)
        if not limit or offset is None or offset % min(limit, self.longest_page):
            return _error(400, "offset")
        limit = min(limit, self.longest_page)
        page = [_user(person) for person in self.people[offset : offset + limit]]
        return 200, {}, {"limit": limit, "offset": offset, "total": len(self.people), "items": page}

    def _all_shared(self, asked: Mapping[str, str]) -> "Answer":
        page, size = _number(asked, "page", 1), _number(asked, "perPage", 10)
        if not page or not size:
            return _error(400, "page")
        size = min(size, self.longest_page)
        found = [{"resourceId": str(one.id), "count": 2} for one in self.shared[(page - 1) * size : page * size]]
        return 200, {}, {"resources": found, "page": page, "perPage": size, "total": len(self.shared)}

    def _one_shared(self, mailbox: str) -> "Answer":
        for one in self.shared:
            if str(one.id) == mailbox:
                moment = "2026-01-12T09:00:00Z"
                found = {"id": mailbox, "email": one.email, "name": one.name, "description": "", "createdAt": moment}
                return 200, {}, found
        return _error(404, "Not Found")

    # --- tokens ---

    def _token(self, asked: Mapping[str, str]) -> "Answer":
        given = (asked.get("client_id"), asked.get("client_secret"))
        if given != (self.client_id, self.client_secret):
            return 400, {}, {"error": "invalid_client", "error_description": f"Client not found: {given}"}
        if asked.get("grant_type") != EXCHANGE:
            return 400, {}, {"error": "unsupported_grant_type"}
        now = self.clock()
        while self._given and self._given[0] <= now - 3600:
            self._given.popleft()
        if len(self._given) >= self.tokens_an_hour:
            return 429, {"Retry-After": str(int(self._given[0] + 3600 - now) + 1)}, {"error": "too_many_requests"}
        subject, kind = asked.get("subject_token", ""), asked.get("subject_token_type", "").removeprefix(SUBJECTS)
        email = self._account(subject, kind)
        if not email:
            return 400, {}, {"error": "invalid_grant", "error_description": f"Subject not found: {subject}"}
        self._given.append(now)
        token = f"t1.{secrets.token_urlsafe(24)}"
        self._tokens[token] = (email, now + self.lifetime, frozenset(self.scopes))
        answer = {
            "access_token": token,
            "expires_in": self.lifetime,
            "token_type": "bearer",
            "scope": " ".join(self.scopes),
        }
        return 200, {}, {**answer, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}

    def _account(self, subject: str, kind: str) -> str:
        """The address of whom a token may be got for."""
        for one in self.people:
            names = {"email": (one.email, *one.aliases), "uid": (str(one.id),)}.get(kind, ())
            if subject in names:
                return one.email if one.is_enabled and not one.is_dismissed else ""
        return next((one.email for one in self.shared if subject in (one.email, str(one.id))), "")

    def _introspected(self, token: str) -> "Answer":
        email, until, scopes = self._tokens.get(token, ("", 0.0, frozenset()))
        has_mail = "mail:imap_ro" in scopes and all(one.mail for one in self.people if one.email == email)
        if not email or until <= self.clock() or not has_mail:
            return 401, {}, {"active": False}
        return 200, {}, {"active": True, "email": email}


Answer = tuple[int, Mapping[str, str], Mapping[str, Any]]


def _error(status: int, message: str) -> Answer:
    return status, {}, {"code": status, "message": message, "details": []}


def _number(asked: Mapping[str, str], name: str, default: int) -> int | None:
    written = asked.get(name, str(default))
    return int(written) if written.isdecimal() else None


def _user(person: Person) -> dict[str, Any]:
    """As the page's example has it: the id is a number, although the table calls it a text."""
    login = person.email.partition("@")[0]
    return {
        "id": person.id, "nickname": login, "department_id": 1, "email": person.email, "default_email": person.email,
        "name": {"first": login.title(), "middle": "", "last": ""}, "display_name": login, "gender": "", "position": "",
        "avatar_id": "", "about": "", "birthday": "", "contacts": [], "aliases": person.aliases, "external_id": "",
        "is_admin": person.is_admin, "is_robot": person.is_robot, "is_dismissed": person.is_dismissed,
        "is_2fa_enabled": False, "is_enabled": person.is_enabled, "timezone": "Europe/Moscow", "language": "ru",
    }  # fmt: skip


# --- the server ------------------------------------------------------------------------------------------------------


class _Asked(BaseHTTPRequestHandler):
    """One connection; a class of its own for every organisation that is served."""

    yandex: Yandex360
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer("GET", parts.path, parts.query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer("POST", urlsplit(self.path).path, self.rfile.read(min(length, _MOST_BYTES)).decode())

    def _answer(self, method: str, path: str, form: str) -> None:
        asked = {name: values[-1] for name, values in parse_qs(form).items()}
        fault = next((one for one in self.yandex.faults if path.startswith(one.path)), None)
        if path != "/introspect":
            about = asked.get("subject_token", asked.get("offset", ""))
            self.yandex.log.append(f"{method} {path} {about}".rstrip())
        if fault:
            self.yandex.faults.remove(fault)
            self._say(fault.status, fault.headers, fault.body)
        else:
            status, headers, said = self.yandex.answer(method, path, asked, self.headers.get("Authorization", ""))
            self._say(status, headers, json.dumps(said).encode())

    def _say(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to tell where a client has hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running(yandex: Yandex360, port: int = 0) -> Iterator[Yandex360]:
    """Serve it on loopback, on a free port where none is given."""
    web = _Server(("127.0.0.1", port), type("Asked", (_Asked,), {"yandex": yandex}))
    yandex.port = web.server_port
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield yandex
    finally:
        web.shutdown()
        web.server_close()
        thread.join(10)


def organisation(size: int, domain: str = "my.example") -> Yandex360:
    """One with so many employees, a robot, somebody blocked, somebody dismissed, and a shared mailbox."""
    people = [Person(1130000000000000 + number, f"employee{number}@{domain}") for number in range(size)]
    people += [
        Person(1130000000900001, f"robot@{domain}", is_robot=True),
        Person(1130000000900002, f"blocked@{domain}", is_enabled=False),
        Person(1130000000900003, f"dismissed@{domain}", is_dismissed=True, is_enabled=False),
    ]
    return Yandex360(people=people, shared=[Shared(1130000000800001, f"sales@{domain}", "Отдел продаж")])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.simulators.yandex360", description="Yandex 360 on loopback.")
    parser.add_argument("--port", type=int, default=8360)
    parser.add_argument("--people", type=int, default=12, help="how many employees")
    parser.add_argument("--lifetime", type=int, default=3600, help="seconds that a token is good for")
    parser.add_argument("--tokens-an-hour", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    yandex = organisation(chosen.people)
    yandex.lifetime, yandex.tokens_an_hour = chosen.lifetime, chosen.tokens_an_hour
    with running(yandex, chosen.port):
        rows = (f"{key} = {json.dumps(value)}" for key, value in yandex.table.items())
        sys.stdout.write("[connections.NAME.yandex360]\n" + "\n".join(rows) + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
