"""The same scenario in files: folders of .eml and a Maildir, an .ics file, client lists in CSV.

What the mailboxes and the client list say is taken from the sources in memory. A file that a stage does not change is
the same file in both stages: same bytes, same inode, same times.
"""

import os
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import hub
from hub.core.policy import Never, Policy
from hub.settings import Connection
from hub.testing.encoding import decode
from hub.testing.memory import Memory
from tests.crash import scenario

WRITTEN = (1_794_700_000, 1_795_180_000)
"""When the files of a stage were written: seconds since 1970."""


def make(folder: Path, stage: int) -> None:
    for name, content in _files(stage):
        path, before = folder / name, folder.with_name("stage0") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if stage and before.exists() and before.read_bytes() == content:
            os.link(before, path)
        else:
            path.write_bytes(content)
            os.utime(path, (WRITTEN[stage], WRITTEN[stage]))
    (folder / "boris" / "new").mkdir()
    (folder / "boris" / "tmp").mkdir()
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path, (WRITTEN[stage], WRITTEN[stage]))


def _files(stage: int) -> Iterator[tuple[str, bytes]]:
    anna, boris = scenario.BOXES["anna"](stage), scenario.BOXES["boris"](stage)
    yield from _mailbox(anna, lambda stream, item: f"anna/{stream}/{item}.eml")
    yield from _mailbox(boris, lambda _, item: f"boris/cur/17912148{item:0>2}.M{item}.my.example:2,S")
    yield "calendar.ics", _calendar(stage)
    yield "clients.csv", _clients(stage)
    yield "people.csv", _people()


# --- mail ------------------------------------------------------------------------------------------------------------


def _mailbox(box: Memory, name: Callable[[str, str], str]) -> Iterator[tuple[str, bytes]]:
    for stream, shelf in box.shelves.items():
        for external_id, item in shelf.items.items():
            yield name(stream, external_id), _eml(item.body, box.files.get(f"{stream}/{external_id}/2"))


def _eml(body: bytes, file: bytes | None) -> bytes:
    """The mail of an item with its file; what is none stays none."""
    try:
        mail, *others = [mapped.record for mapped in decode(body)]
    except ValueError:
        return b""
    assert isinstance(mail, hub.Email)
    message = EmailMessage()
    for participant in mail.participants:
        assert participant.identifier is not None
        message[participant.role.title()] = participant.identifier.value
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at.utc)
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.references:
        message["References"] = " ".join(f"<{one}>" for one in mail.references)
    message.set_content(mail.text)
    for meeting in others:
        assert isinstance(meeting, hub.Meeting)
        text = _vcalendar(_vevent(meeting), method=meeting.method)
        message.add_alternative(text, subtype="calendar", params={"method": meeting.method})
    if file is not None:
        message.add_attachment(file, maintype="application", subtype="pdf", filename=mail.attachments[0].name)
    if message.is_multipart():
        message.set_boundary("=_scenario")
    return message.as_bytes()


# --- calendar --------------------------------------------------------------------------------------------------------


def _calendar(stage: int) -> bytes:
    shelf = scenario.BOXES["calendar"](stage).shelves["anna"]
    events = []
    for external_id, item in shelf.items.items():
        meetings: list[Any] = [mapped.record for mapped in decode(item.body)]
        more = [f"RRULE:FREQ=WEEKLY;COUNT={len(meetings)}"] if external_id == "u2" else []
        events.append(_vevent(meetings[0], *more, changed=stage))
    return _vcalendar(*events).encode()


def _vcalendar(*events: str, method: str = "") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//scenario//RU", *([f"METHOD:{method}"] if method else ())]
    return "\r\n".join([*lines, *events, "END:VCALENDAR", ""])


def _vevent(meeting: hub.Meeting, *more: str, changed: int = 0) -> str:
    assert isinstance(meeting.at, hub.Moment)
    assert isinstance(meeting.end, hub.Moment)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{meeting.uid}",
        f"DTSTAMP:2026111{changed}T080000Z",
        f"SEQUENCE:{meeting.sequence or changed}",
        f"DTSTART:{meeting.at.utc:%Y%m%dT%H%M%SZ}",
        f"DTEND:{meeting.end.utc:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{meeting.title}",
        *more,
        *(["CLASS:PRIVATE"] if meeting.private else ()),
    ]
    for participant in meeting.participants:
        assert participant.identifier is not None
        status = f";PARTSTAT={participant.status.upper().replace('_', '-')}" if participant.status else ""
        lines.append(f"{participant.role.upper()}{status}:mailto:{participant.identifier.value}")
    return "\r\n".join([*lines, "END:VEVENT"])


# --- client lists ----------------------------------------------------------------------------------------------------


def _clients(stage: int) -> bytes:
    rows = ["Код клиента;Название;ИНН;Сайт;Эл. почта;Телефон"]
    for external_id, item in scenario.BOXES["crm"](stage).shelves["companies"].items.items():
        (company,) = [mapped.record for mapped in decode(item.body)]
        assert isinstance(company, hub.Company)
        said = {one.kind: one.value for one in company.identifiers}
        rows.append(";".join([external_id, company.name, *(said.get(k, "") for k in ("inn", "domain", "email", "phone"))]))  # fmt: skip
    return "\n".join([*rows, ""]).encode()


def _people() -> bytes:
    return (
        f"Контакт;Код клиента;E-mail\nИван Петров;1;ivan@romashka.test\nМария Иванова;;{scenario.FORGOTTEN}\n"
    ).encode()


def connect(folder: Path) -> tuple[Connection, ...]:
    from hub_calendar.plugin import Settings as CalendarSettings
    from hub_contacts.settings import File
    from hub_contacts.settings import Settings as ContactSettings
    from hub_email.plugin import Settings as MailSettings

    policy = Policy(store="clients", never=Never(keywords=frozenset({"приезжай"})), attachments=None)
    settings: dict[str, tuple[str, hub.Settings]] = {
        "anna": ("email.files", MailSettings(path=(folder / "anna",), owner="anna@my.example")),
        "boris": ("email.files", MailSettings(path=(folder / "boris",), owner="boris@my.example")),
        "calendar": ("calendar.files", CalendarSettings(path=(folder / "calendar.ics",), owner="anna@my.example")),
        "crm": (
            "contacts.files",
            ContactSettings(
                files=(
                    File(path=folder / "clients.csv", kind="clients", key="Код клиента"),
                    File(path=folder / "people.csv", kind="people"),
                )
            ),
        ),
    }
    return tuple(
        Connection(name=name, id=name, connector=connector, settings=found, policy=policy)
        for name, (connector, found) in settings.items()
    )


def paged() -> tuple[ModuleType, ...]:
    """The modules that say how many items come on a page."""
    import hub_calendar.files
    import hub_contacts.source
    import hub_email.files

    return (hub_email.files, hub_calendar.files, hub_contacts.source)


def tune() -> None:
    """Pages of two items, so that there are some to die between. Whoever goes on in this process sets them back."""
    for module in paged():
        vars(module)["PAGE"] = 2


FILES = scenario.Variant("files", ("email.files", "calendar.files", "contacts.files"), make, connect, tune)
