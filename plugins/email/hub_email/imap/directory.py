"""Whose mailboxes a connection serves.

A *directory* is anything that can name them now: the list in the settings, a CSV file, and whatever can be asked one day.
A mailbox that is no longer named is not read any more; what was read of it stays.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

import hub

ADDRESS = re.compile(r"[^\s@<>,;/]+@[^\s@<>,;/]+")
_MOST_BYTES = 4_000_000
_REFERENCE = re.compile(r"\$\{(env|file):([^{}]+)\}")
_HEADINGS = {
    **dict.fromkeys(("address", "mailbox", "email", "e-mail", "адрес", "почта", "ящик"), "address"),
    **dict.fromkeys(("user", "login", "username", "логин", "пользователь"), "user"),
    **dict.fromkeys(("password", "пароль"), "password"),
    **dict.fromkeys(("shared", "общий"), "shared"),
}
_YES = frozenset({"1", "yes", "true", "да", "+", "x"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox: its address, the name to sign in with, and the password or token for it.

    A `shared` one (sales@) is nobody's own: it has no custodian.
    """

    address: str
    user: str
    secret: SecretStr
    shared: bool = False


class Directory(Protocol):
    """Names the mailboxes there are now, each address once. Raises `hub.HubError` when it cannot tell."""

    def mailboxes(self) -> Sequence[Mailbox]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """The mailboxes that the settings name."""

    listed: Sequence[Mailbox]

    def mailboxes(self) -> Sequence[Mailbox]:
        return self.listed


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file with a heading: `address` and, as needed, `user`, `password`, `shared`; commas or semicolons.

    A password may stand there as `${env:NAME}` or `${file:PATH}`; relative paths start at the file's folder. `user` (with
    "{address}" in it) and `secret` are for the rows that say nothing.
    """

    path: Path
    user: str
    secret: SecretStr | None

    def mailboxes(self) -> Sequence[Mailbox]:
        return list(self._rows(self._text()))

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError as error:
            text = hub.sentence("{path} cannot be read: {why}")
            fix = hub.sentence("put the list of mailboxes there, or correct `mailboxes_file`")
            why = error.strerror or str(error)
            raise hub.Misconfigured(text.format(path=self.path, why=why), setting="mailboxes_file", fix=fix) from error
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1251", "replace")

    def _rows(self, text: str) -> Iterator[Mailbox]:
        first = text.partition("\n")[0]
        rows = csv.reader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ",")
        headings = [_HEADINGS.get(cell.strip().lower(), "") for cell in next(rows, [])]
        if "address" not in headings:
            raise self._wrong(1, hub.sentence("the first line names no column `address`"))
        for row in rows:
            cells = {name: cell.strip() for name, cell in zip(headings, row, strict=False) if name}
            if any(cells.values()):
                yield self._mailbox(rows.line_num, cells)

    def _mailbox(self, line: int, cells: dict[str, str]) -> Mailbox:
        address = cells.get("address", "")
        if not ADDRESS.fullmatch(address):
            raise self._wrong(line, hub.sentence('"{text}" is no e-mail address').format(text=address))
        written = cells.get("password", "")
        secret = SecretStr(self._password(line, written)) if written else self.secret
        if secret is None:
            raise self._wrong(line, hub.sentence("{address} has no password").format(address=address))
        user = cells.get("user") or self.user.replace("{address}", address)
        return Mailbox(
            address=address.lower(), user=user, secret=secret, shared=cells.get("shared", "").lower() in _YES
        )

    def _password(self, line: int, written: str) -> str:
        match = _REFERENCE.fullmatch(written)
        if not match:
            self._kept_to_itself()
            return written
        kind, name = match.groups()
        if kind == "env":
            if name in os.environ:
                return os.environ[name]
            raise self._wrong(line, hub.sentence("the environment variable {name} is not set").format(name=name))
        try:
            return (self.path.parent / Path(name).expanduser()).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise self._wrong(line, hub.sentence("{path} cannot be read").format(path=name)) from error

    def _kept_to_itself(self) -> None:
        """Refuse passwords that everybody on this machine can read."""
        if os.name == "posix" and self.path.stat().st_mode & 0o077:
            text = hub.sentence("{path} has passwords in it and can be read by others")
            fix = hub.sentence(
                "run `chmod 600` on it, or write ${{env:NAME}} or ${{file:PATH}} in the place of passwords"
            )
            raise hub.Misconfigured(text.format(path=self.path), setting="mailboxes_file", fix=fix.format())

    def _wrong(self, line: int, why: str) -> hub.Misconfigured:
        text = hub.sentence("{path}, line {line}: {why}").format(path=self.path, line=line, why=why)
        return hub.Misconfigured(text, setting="mailboxes_file", fix=hub.sentence("correct the line"))


@dataclass(frozen=True, slots=True)
class Joined:
    """Several directories as one."""

    directories: Sequence[Directory]

    def mailboxes(self) -> Sequence[Mailbox]:
        found = [mailbox for directory in self.directories for mailbox in directory.mailboxes()]
        _check_once(found)
        return found


def _check_once(found: Iterable[Mailbox]) -> None:
    known = set()
    for mailbox in found:
        if mailbox.address in known:
            text = hub.sentence("the mailbox {address} is named twice").format(address=mailbox.address)
            raise hub.Misconfigured(text, setting="mailboxes", fix=hub.sentence("take one of the two out"))
        known.add(mailbox.address)
