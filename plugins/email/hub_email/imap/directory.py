"""Whose mailboxes a connection serves.

A *directory* is anything that can name them now: the list in the settings, a CSV file, an organisation that is asked.
A mailbox that is no longer named is not read any more; what was read of it stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

import hub


class Directory(Protocol):
    """Names the mailboxes there are now. Raises `hub.HubError` when it cannot tell."""

    def mailboxes(self) -> Sequence[hub.Account]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """The mailboxes that the settings name."""

    listed: Sequence[hub.Account]

    def mailboxes(self) -> Sequence[hub.Account]:
        return self.listed


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file, read anew every time; `user` and `password` are for rows that say nothing."""

    path: Path
    user: str
    password: SecretStr | None

    def mailboxes(self) -> Sequence[hub.Account]:
        return hub.accounts_in(self.path, setting="mailboxes_file", user=self.user, password=self.password)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody of an organisation, with tokens that are got when they are needed."""

    staff: hub.Yandex360Staff

    def mailboxes(self) -> Sequence[hub.Account]:
        return self.staff.accounts()


@dataclass(frozen=True, slots=True)
class Joined:
    """Several directories as one, which names each address once, and at least one."""

    directories: Sequence[Directory]

    def mailboxes(self) -> Sequence[hub.Account]:
        found = [mailbox for directory in self.directories for mailbox in directory.mailboxes()]
        if not found:
            fix = hub.sentence("name one with `address`, several with `mailboxes` or `mailboxes_file`")
            raise hub.Misconfigured(hub.sentence("no mailbox is named"), setting="mailboxes", fix=fix)
        return hub.each_once(found, setting="mailboxes")
