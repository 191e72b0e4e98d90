"""Whose mailboxes, calendars or CRM accounts a connection serves: many people, each with a name and a password.

They stand in the settings, or in a CSV file that an administrator keeps. Whoever is no longer named is not read any
more; what was read stays.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from hub.connectors import Settings
from hub.errors import Misconfigured
from hub.i18n import sentence

_ADDRESS = re.compile(r"[^\s@<>,;/]+@[^\s@<>,;/]+")
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
class Account:
    """Somebody who is served: e-mail address, the name to sign in with, and the password or token for it.

    `secret` is a function where it is good for a while only: `credential` gives one that is good now. A `shared` account
    (sales@) is nobody's own: what is read there has no custodian.
    """

    address: str
    user: str
    secret: SecretStr | Callable[[], SecretStr] = field(repr=False)
    shared: bool = False

    def credential(self) -> SecretStr:
        """The password or token to sign in with now. Raises `hub.HubError` where one cannot be got."""
        return self.secret() if callable(self.secret) else self.secret


def is_address(text: str) -> bool:
    """Whether an account may be named so: an e-mail address that can stand in the name of a stream."""
    return _ADDRESS.fullmatch(text) is not None


def _address(given: str) -> str:
    if given and not is_address(given):
        raise ValueError(sentence('"{text}" is no e-mail address').format(text=given))
    return given.lower()


Address = Annotated[str, AfterValidator(_address)]
"""An e-mail address in settings, in small letters; "" where none is given."""


class AccountSettings(Settings):
    """One account of several, as a table of the configuration names it."""

    address: Address = Field(min_length=1, title="Address", description="Whose it is: an e-mail address")
    user: str = Field("", title="User", description="Name to sign in with; without it the one of the connection")
    password: SecretStr | None = Field(
        None, title="Password", description="Password or token; without it the one of the connection"
    )
    shared: bool = Field(
        default=False, title="Shared", description="Whether it is nobody's own (sales@): then it has no custodian"
    )

    def account(self, user: str, password: SecretStr | None) -> Account:
        """Who is meant; `user` (with {address} in it) and `password` are the connection's, for what is not said here."""
        return Account(
            address=self.address,
            user=self.user or user.replace("{address}", self.address),
            secret=self.password or password or SecretStr(""),
            shared=self.shared,
        )


def each_once(found: Iterable[Account], *, setting: str) -> list[Account]:
    """The accounts, if no address comes twice. Raises `Misconfigured`, which names `setting`."""
    known: dict[str, Account] = {}
    for account in found:
        if account.address in known:
            text = sentence("{address} is named twice").format(address=account.address)
            raise Misconfigured(text, setting=setting, fix=sentence("take one of the two out"))
        known[account.address] = account
    return list(known.values())


def accounts_in(
    path: Path, *, setting: str, user: str = "{address}", password: SecretStr | None = None
) -> list[Account]:
    """The accounts of a CSV file with a heading: `address` and, as needed, `user`, `password`, `shared`.

    Commas or semicolons, UTF-8 or cp1251. A password may stand there as `${env:NAME}` or `${file:PATH}`, relative to the
    file's folder; a file with plain ones has to be closed to others. `user` (with {address} in it) and `password` are
    for rows that say nothing. Raises `Misconfigured`, which names `setting`.
    """
    return list(_Table(path, setting, user, password).accounts())


@dataclass(frozen=True, slots=True)
class _Table:
    path: Path
    setting: str
    user: str
    password: SecretStr | None

    def accounts(self) -> Iterator[Account]:
        text = self._text()
        first = text.partition("\n")[0]
        rows = csv.reader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ",")
        headings = [_HEADINGS.get(cell.strip().lower(), "") for cell in next(rows, [])]
        if "address" not in headings:
            raise self._wrong(1, sentence("the first line names no column `address`"))
        for row in rows:
            cells = {name: cell.strip() for name, cell in zip(headings, row, strict=False) if name}
            if any(cells.values()):
                yield self._account(rows.line_num, cells)

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError as error:
            text = sentence("{file} cannot be read: {why}").format(file=self.path, why=error.strerror or error)
            fix = sentence("put the list there, or correct `{setting}`").format(setting=self.setting)
            raise Misconfigured(text, setting=self.setting, fix=fix) from error
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1251", "replace")

    def _account(self, line: int, cells: dict[str, str]) -> Account:
        address = cells.get("address", "")
        if not is_address(address):
            raise self._wrong(line, sentence('"{text}" is no e-mail address').format(text=address))
        written = cells.get("password", "")
        secret = SecretStr(self._secret(line, written)) if written else self.password
        if secret is None:
            raise self._wrong(line, sentence("{address} has no password").format(address=address))
        user = cells.get("user") or self.user.replace("{address}", address)
        return Account(
            address=address.lower(), user=user, secret=secret, shared=cells.get("shared", "").lower() in _YES
        )

    def _secret(self, line: int, written: str) -> str:
        match = _REFERENCE.fullmatch(written)
        if not match:
            self._closed_to_others()
            return written
        kind, name = match.groups()
        if kind == "env":
            if name in os.environ:
                return os.environ[name]
            raise self._wrong(line, sentence("the environment variable {name} is not set").format(name=name))
        try:
            return (self.path.parent / Path(name).expanduser()).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise self._wrong(line, sentence("the file {path} cannot be read").format(path=name)) from error

    def _closed_to_others(self) -> None:
        if os.name == "posix" and self.path.stat().st_mode & 0o077:
            text = sentence("{path} has passwords in it and can be read by others").format(path=self.path)
            fix = sentence("run `chmod 600` on it, or write ${env:NAME} or ${file:PATH} in the place of passwords")
            raise Misconfigured(text, setting=self.setting, fix=fix)

    def _wrong(self, line: int, why: str) -> Misconfigured:
        text = sentence("{path}, line {line}: {why}").format(path=self.path, line=line, why=why)
        return Misconfigured(text, setting=self.setting, fix=sentence("correct the line"))
