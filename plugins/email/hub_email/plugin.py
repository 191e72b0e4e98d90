"""The connector `email.files`."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import AfterValidator, Field

import hub


def _is_address(owner: str) -> str:
    if owner and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", owner):
        raise ValueError(hub.sentence('"{text}" is no e-mail address').format(text=owner))
    return owner


class Settings(hub.Settings):
    """Where the mail is, and whose it is."""

    path: hub.Paths = Field(
        title="Files or folders",
        description="A Maildir, an mbox file, or a folder with .eml files, mboxes or Maildirs at any depth; or a list of them",
    )
    owner: Annotated[str, AfterValidator(_is_address)] = Field(
        "", title="Owner", description="E-mail address of the employee whose mailbox this is"
    )


@contextmanager
def open_files(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_email.files import MailFiles  # noqa: PLC0415 - a command that reads no mail need not wait for it

    yield MailFiles(settings.path, settings.owner, tools)


def map_mail(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_email.mapping import to_records  # noqa: PLC0415 - as above

    return to_records(body, settings, window)


EMAIL_FILES = hub.Connector(
    name="email.files",
    title="Mail files (.eml, mbox, Maildir)",
    settings=Settings,
    open=open_files,
    map=map_mail,
    mapping=3,
    capabilities=frozenset(("ids", "fetch", "size")),
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [EMAIL_FILES]
