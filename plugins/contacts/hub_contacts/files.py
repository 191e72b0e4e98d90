"""What stands at the path of a file: the table in it, or an error that says what is wrong and how to mend it."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import hub
from hub_contacts.delimited import open_delimited
from hub_contacts.identity import digest
from hub_contacts.mapping import MAPPING, understand
from hub_contacts.settings import File, Settings
from hub_contacts.tables import Opener, Table
from hub_contacts.text import with_guess
from hub_contacts.vcards import open_cards
from hub_contacts.workbooks import locked, open_workbook

LARGEST: Final = 1 << 30
"""Bytes of a file."""

_OPENERS: Final[dict[str, Opener]] = {"csv": open_delimited, "xlsx": open_workbook, "vcard": open_cards}


@contextmanager
def open_table(file: File, settings: Settings) -> Iterator[Table]:
    """The table in a file, with what can go wrong on the way named for a person."""
    _refuse_unlike(file)
    opener: AbstractContextManager[Table] = _OPENERS[file.form](file, settings)
    try:
        with opener as table:
            _refuse_timeless(table, file, settings)
            yield table
    except OSError as error:
        raise _unreadable(file.path, error) from error


def state_of(file: File, settings: Settings, *, was_there: bool = False) -> str:
    """What changes when the file is to be read again: its size and time, and what is said of it.

    A file that `was_there` before is out of reach when it is missing; one that never was is misconfigured.
    """
    try:
        found = file.path.stat()
    except FileNotFoundError as error:
        if was_there:
            text = hub.sentence("{path} is no longer there").format(path=file.path)
            raise hub.Unreachable(text, fix=hub.sentence("Put it back, or take it out of `files`")) from error
        raise _unreadable(file.path, error) from error
    except OSError as error:
        raise _unreadable(file.path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise _no_file(file.path)
    if found.st_size > LARGEST:
        text = hub.sentence("{path} is larger than {size} GB").format(path=file.path, size=LARGEST >> 30)
        raise hub.Misconfigured(text, setting="files", fix=hub.sentence("Split the file"))
    said = f"{file.model_dump_json()} {settings.timezone} {settings.clients_of(file)} {MAPPING}"
    return digest(str(found.st_size), str(found.st_mtime_ns), said)


def refuse_changed(file: File, settings: Settings, state: str) -> None:
    if state_of(file, settings, was_there=True) != state:
        text = hub.sentence("{path} changed while it was read").format(path=file.path)
        raise hub.Unreachable(text, fix=hub.sentence("Nothing: the hub reads it again"))


_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # [MS-CFB] 2.2: the old Excel format, and encrypted new ones
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4


def _refuse_unlike(file: File) -> None:
    """Refuses a file whose first bytes show another format than its name."""
    try:
        with file.path.open("rb") as opened:
            start = opened.read(1 << 16)
    except OSError as error:
        raise _unreadable(file.path, error) from error
    if not start.strip():
        raise _other(file, hub.sentence("{path} is empty"), hub.sentence("Put rows into it, or take it out"))
    if start.startswith(_OLE):
        raise _old_or_locked(file)
    if start.startswith(_ZIP) and file.form != "xlsx":
        said = hub.sentence("{path} is an Excel workbook")
        raise _other(file, said, hub.sentence('Name it .xlsx, or set `format` to "xlsx"'))
    if file.form == "xlsx" and not start.startswith(_ZIP):
        said = hub.sentence("{path} is not an Excel workbook")
        fix = hub.sentence("Open it in Excel and save it as .xlsx, or set `format` to what it is")
        raise _other(file, said, fix)
    if file.form == "csv" and start.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCARD"):
        said = hub.sentence("{path} is a vCard file")
        raise _other(file, said, hub.sentence('Name it .vcf, or set `format` to "vcard"'))


def _old_or_locked(file: File) -> hub.Misconfigured:
    with file.path.open("rb") as opened:
        content = opened.read(1 << 24)
    if _ENCRYPTED in content:
        return locked(file)
    said = hub.sentence("{path} is a workbook in the old Excel format (.xls)")
    return _other(file, said, hub.sentence("Open it in Excel and save it as .xlsx"))


def _other(file: File, said: str, fix: str) -> hub.Misconfigured:
    return hub.Misconfigured(said.format(path=file.path), setting="files", fix=fix)


def _no_file(path: Path) -> hub.Misconfigured:
    text = hub.sentence("{path} is not a file").format(path=path)
    return hub.Misconfigured(text, setting="files", fix=hub.sentence("Point `path` at the file itself"))


def _refuse_timeless(table: Table, file: File, settings: Settings) -> None:
    """Calls need a zone: refuses a file of calls when neither the settings nor its first row gives one."""
    if file.kind != "calls" or settings.timezone:
        return
    first = next((row for row in table.rows() if not row.problem), None)
    if first is None:
        return
    said = understand(table.meaning, first.cells)
    if isinstance(said, hub.Unreadable) and "timezone" in said.reason:
        raise hub.Misconfigured(
            hub.sentence("{path} has times without an offset").format(path=file.path),
            setting="timezone",
            fix=hub.sentence('Set `timezone`, to "Europe/Moscow" for one'),
        )


def _unreadable(path: Path, error: OSError) -> hub.HubError:
    match error:
        case FileNotFoundError():
            text = hub.sentence("{path} is not there").format(path=path)
            return hub.Misconfigured(
                with_guess(text, path.name, _beside(path)),
                setting="files",
                fix=hub.sentence("Put the file there, connect the disk it is on, or correct its `path`"),
            )
        case PermissionError() if os.name != "nt":
            text = hub.sentence("The hub may not read {path}").format(path=path)
            fix = hub.sentence("Let the user that the hub runs as read it")
            return hub.Misconfigured(text, setting="files", fix=fix)
        case PermissionError():
            text = hub.sentence("{path} is in use by another program").format(path=path)
            return hub.Unreachable(text, fix=hub.sentence("Close it there"))
        case IsADirectoryError() | NotADirectoryError():
            return _no_file(path)
        case _:
            text = hub.sentence("{path} cannot be read: {why}").format(path=path, why=error.strerror or error)
            return hub.Unreachable(text, fix=hub.sentence("Nothing: the hub tries again"))


def _beside(path: Path) -> list[str]:
    try:
        return sorted(one.name for one in path.parent.iterdir())[:1000]
    except OSError:
        return []
