"""A first hub.toml with comments, in the language the company speaks."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.i18n import _, using
from hub.settings.schema import FILE_NAME

_WIDTH: Final = 100
_MORE_OF_AN_EMPLOYEE: Final = (
    'phones = ["+7 495 000-00-00"]',
    'extensions = ["101"]',
    'manager = "…"',
    'deputy = "…"',
    "absent_from = 2026-12-21",
    "absent_until = 2026-12-31",
)
_PERSON: Final = re.compile(
    r"\s*(?:(?P<name>[^<>]*)<\s*(?P<inside>[^<>\s]+@[^<>\s]+)\s*>|(?P<bare>[^<>\s]+@[^<>\s]+))\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm:
    """A CRM to begin with. With a `client_id` a person signs in with a browser (`hub connect`), without one a token or a
    webhook lets the hub in.
    """

    vendor: Literal["amocrm", "bitrix24"]
    address: str
    client_id: str = ""

    @property
    def name(self) -> str:
        """Of its connection."""
        return "amo" if self.vendor == "amocrm" else "portal"

    @property
    def secret(self) -> str:
        """What the one secret of the connection is called."""
        return "client_secret" if self.client_id else "token" if self.vendor == "amocrm" else "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What has to be known of a company to begin. `employees` are (name, mail address), `mail`, `calendars` and `clients` paths."""

    company: str
    timezone: str
    language: str
    domains: tuple[str, ...] = ()
    employees: tuple[tuple[str, str], ...] = ()
    mail: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    clients: str = ""
    crms: tuple[Crm, ...] = ()


def person(text: str) -> tuple[str, str]:
    """(name, address) of "Анна Смирнова <anna@my.example>"; the name of a bare address is what stands before the @."""
    match = _PERSON.fullmatch(text)
    if match is None:
        return "", ""
    address = match["inside"] or match["bare"]
    return (match["name"] or "").strip(' "') or address.partition("@")[0], address


def first_config(beginning: Beginning) -> str:
    """The text of hub.toml."""
    with using(beginning.language):
        return "\n".join(_lines(beginning)) + "\n"


def _lines(beginning: Beginning) -> Iterator[str]:
    yield f"#:schema ./{FILE_NAME}"
    yield from _comment(
        _("The configuration of interaction-hub. `hub config check` finds every mistake in it."),
        _("Relative paths start at the home: the folder above `config`."),
        _("Passwords do not belong here: `hub secret set` keeps them, and ${secret:NAME} stands for one."),
        _("Further files in conf.d/ beside this one are read too."),
    )
    yield "config_version = 1"
    yield ""
    yield from _company(beginning)
    yield from _commented_defaults()
    if beginning.clients:
        yield from _clients(beginning.clients)
    for number, path in enumerate(beginning.mail):
        yield from _mail(path, _numbered("mail", number), beginning)
    for number, path in enumerate(beginning.calendars):
        yield from _calendar(path, _numbered("calendar", number), beginning)
    for crm in beginning.crms:
        yield from _amocrm(crm) if crm.vendor == "amocrm" else _bitrix24(crm)


def _company(beginning: Beginning) -> Iterator[str]:
    yield "[company]"
    yield f"name = {_text(beginning.company)}"
    yield from _comment(_("Everybody who writes from these domains is one of ours and never becomes a client."))
    yield f"domains = {_list(beginning.domains)}"
    yield f"timezone = {_text(beginning.timezone)}"
    yield f"language = {_text(beginning.language)}"
    yield ""
    yield from _comment(
        _(
            "Our people. Addresses outside of our domains and telephones have to stand here; so do managers and absences:"
        ),
    )
    yield from (f"#   {line}" for line in _MORE_OF_AN_EMPLOYEE)
    for name, address in beginning.employees:
        yield "[[company.employees]]"
        yield f"name = {_text(name)}"
        yield f"emails = {_list([address])}"
        yield ""
    if not beginning.employees:
        yield from ("# [[company.employees]]", '# name = "…"', '# emails = ["…"]', "")


def _commented_defaults() -> Iterator[str]:
    yield "[clients]"
    yield from _comment(_("A company domain that one of ours has written to becomes a client."))
    yield "from_outgoing = true"
    yield from _comment(_("Domains that never become clients, and free mail that the hub does not know."))
    yield "never = []"
    yield "free_mail = []"
    yield ""
    yield "[store]"
    yield from _comment(_("The history: one file that belongs to the hub only."))
    yield 'path = "data/hub.db"'
    yield ""


def _connection(name: str, connector: str) -> Iterator[str]:
    yield f"[connections.{name}]"
    yield f"connector = {_text(connector)}"


def _owner(beginning: Beginning) -> Iterator[str]:
    """Whose mailbox or calendar it is: known when there is one of us only."""
    yield from _comment(_("The address of the employee whose it is."))
    addresses = [address for _name, address in beginning.employees]
    yield f"owner = {_text(addresses[0])}" if len(addresses) == 1 else '# owner = "…"'


def _policy() -> Iterator[str]:
    yield from _comment(
        _("What is stored: `clients` only what has to do with clients, `headers` without texts, `all` everything.")
    )
    yield 'store = "clients"'
    yield from _comment(_("What is never stored, whoever it is about."))
    yield "never = { addresses = [], domains = [], folders = [], keywords = [] }"
    yield ""


def _mail(path: str, name: str, beginning: Beginning) -> Iterator[str]:
    yield from _comment(_("A folder of mail: .eml files, mbox files or a Maildir. It is only read, never changed."))
    yield from _connection(name, "email.files")
    yield f"path = {_text(path)}"
    yield from _owner(beginning)
    yield from _policy()


def _calendar(path: str, name: str, beginning: Beginning) -> Iterator[str]:
    yield from _comment(_("Calendars: .ics files. Private events are never stored."))
    yield from _connection(name, "calendar.files")
    yield f"path = {_text(path)}"
    yield from _owner(beginning)
    yield from _comment(_("The time zone of times that name none."))
    yield f"timezone = {_text(beginning.timezone)}"
    yield from _policy()


def _amocrm(crm: Crm) -> Iterator[str]:
    yield from _comment(_("amoCRM: companies, contacts, leads, calls, tasks, notes. It is only read, never changed."))
    yield from _connection(crm.name, "crm.amocrm")
    yield f"account = {_text(crm.address)}"
    if crm.client_id:
        yield from _application(crm)
    else:
        said = _("A long-lived token of a private integration, which an administrator makes. {command} asks for it.")
        yield from _secret(crm, said)
    yield from _comment(_("The field that holds the INN of a company: its number or code."))
    yield "# inn = 105"
    yield from _policy()


def _bitrix24(crm: Crm) -> Iterator[str]:
    yield from _comment(
        _("Bitrix24: companies, contacts, deals, calls, mails, meetings, tasks. It is only read, never changed.")
    )
    yield from _connection(crm.name, "crm.bitrix24")
    if crm.client_id:
        yield f"portal = {_text(crm.address)}"
        yield from _application(crm)
    else:
        said = _(
            "An inbound webhook of {address}, made by an employee who may read the CRM: its whole URL. {command} asks for it."
        )
        yield from _secret(crm, said)
    yield from _policy()


def _application(crm: Crm) -> Iterator[str]:
    """A program of one's own that the CRM knows, and that a person lets in."""
    yield f"client_id = {_text(crm.client_id)}"
    yield from _secret(
        crm, _("The key that the CRM shows beside that id. {command} asks for it; then {connect} signs in.")
    )


def _secret(crm: Crm, said: str) -> Iterator[str]:
    command, connect = f"`hub secret set {crm.name} {crm.secret}`", f"`hub connect {crm.name}`"
    yield from _comment(said.format(command=command, connect=connect, address=crm.address))
    yield f'{crm.secret} = "${{secret:{crm.secret}}}"'


def _clients(path: str) -> Iterator[str]:
    yield from _comment(_("The list of clients: CSV or XLSX with a heading row. Usual headings are recognised."))
    yield from _connection("clients", "contacts.files")
    yield f'files = [{{ path = {_text(path)}, kind = "clients" }}]'
    yield ""


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _comment(*paragraphs: str) -> Iterator[str]:
    for paragraph in paragraphs:
        for line in textwrap.wrap(paragraph, _WIDTH, break_on_hyphens=False):
            yield f"# {line}"


def _text(value: str) -> str:
    """A TOML string that stands for itself: JSON's escapes are TOML's, but for DEL, and `${` is the hub's."""
    return json.dumps(value.replace("${", "$${"), ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str] | Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
