"""What no single value shows: mistakes between values, found in the tree as it is written.

The tree is taken as it comes, valid or not, so that these mistakes are told together with all others.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from hub.core import normalize
from hub.core.freemail import is_free_mail
from hub.i18n import _
from hub.settings.document import Document
from hub.settings.mistakes import Mistake, dotted
from hub.settings.models import VERSION
from hub.settings.places import Key
from hub.settings.references import UNRESOLVED
from hub.settings.words import closest

_EMPLOYEES: Final[Key] = ("company", "employees")


def cross_checked(document: Document) -> Iterator[Mistake]:
    """Every mistake between the values of [company], [clients], [store], [connections] and config_version."""
    yield from _version(document)
    yield from _domains(document)
    yield from _nobody(document)
    yield from _two_databases(document)
    for index, employee in enumerate(_tables(document, _EMPLOYEES)):
        yield from _addresses(document, (*_EMPLOYEES, index), employee)
        yield from _absence(document, (*_EMPLOYEES, index), employee)
        yield from _colleagues(document, (*_EMPLOYEES, index), employee)
    yield from _twins(document)
    yield from _same_ids(document)


def _version(document: Document) -> Iterator[Mistake]:
    version = document.at(("config_version",))
    if isinstance(version, int) and version > VERSION:
        message = _("the file is of version {version}, and this hub reads up to {ours}")
        yield Mistake(
            code="HUB110",
            key=("config_version",),
            place=document.entry(("config_version",)).value,
            message=message.format(version=version, ours=VERSION),
            fix=_("upgrade interaction-hub"),
        )


def _domains(document: Document) -> Iterator[Mistake]:
    extra = frozenset(filter(None, map(normalize.domain, _texts(document.at(("clients", "free_mail"))))))
    for index, written in enumerate(_list(document.at(("company", "domains")))):
        domain = normalize.domain(written) if isinstance(written, str) else None
        if domain and is_free_mail(domain, extra):
            key: Key = ("company", "domains", index)
            message = _("{domain} is free mail: everybody there would count as ours").format(domain=f"`{domain}`")
            fix = _("take it out, and list your people's addresses in [[company.employees]]")
            yield Mistake(code="HUB132", key=key, place=document.entry(key).value, message=message, fix=fix)


def _nobody(document: Document) -> Iterator[Mistake]:
    company = document.at(("company",))
    if document.whole and isinstance(company, dict) and not (company.get("domains") or company.get("employees")):
        message = _("nobody is ours: there is neither an own domain nor an employee")
        fix = _('add domains = ["my.example"], or [[company.employees]] with their addresses')
        yield Mistake(
            code="HUB139", key=("company",), place=document.entry(("company",)).value, message=message, fix=fix
        )


def _two_databases(document: Document) -> Iterator[Mistake]:
    key: Key = ("store", "url")
    if document.at(key) and document.at(("store", "path")) is not None:
        message = _("the history is kept in one place, and `path` names another")
        fix = _("take `url` out to keep it in a file, or `path` to keep it on a server")
        yield Mistake(code="HUB109", key=key, place=document.entry(key).key, message=message, fix=fix)


# --- employees -------------------------------------------------------------------------------------------------------


def _addresses(document: Document, key: Key, employee: dict[str, Any]) -> Iterator[Mistake]:
    if document.whole and not any(employee.get(name) for name in ("emails", "phones", "extensions")):
        message = _("{name} has neither a mail address nor a telephone").format(name=_name(employee))
        fix = _('add emails = ["anna@my.example"], phones or extensions')
        yield Mistake(code="HUB135", key=key, place=document.entry(key).value, message=message, fix=fix)


def _absence(document: Document, key: Key, employee: dict[str, Any]) -> Iterator[Mistake]:
    first, last = _day(employee.get("absent_from")), _day(employee.get("absent_until"))
    if first and last and last < first:
        message = _("the absence of {name} ends before it begins").format(name=_name(employee))
        place = document.entry((*key, "absent_until")).value
        yield Mistake(
            code="HUB138", key=(*key, "absent_until"), place=place, message=message, fix=_("swap the two days")
        )


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None


def _colleagues(document: Document, key: Key, employee: dict[str, Any]) -> Iterator[Mistake]:
    others = (str(one["name"]) for one in _tables(document, _EMPLOYEES) if one["name"] != employee["name"])
    names = [name for name in others if name != "?"]
    for role in ("manager", "deputy"):
        name = employee.get(role)
        if isinstance(name, str) and name not in ("", UNRESOLVED, *names):
            message = _("no other employee is called {name}").format(name=f"`{name}`")
            yield Mistake(
                code="HUB136",
                key=(*key, role),
                place=document.entry((*key, role)).value,
                message=message,
                meant=closest(name, names),
                fix=_("write the name exactly as in its own [[company.employees]]"),
            )


def _twins(document: Document) -> Iterator[Mistake]:
    seen: dict[tuple[str, str], Key] = {}
    for index, employee in enumerate(_tables(document, _EMPLOYEES)):
        key: Key = (*_EMPLOYEES, index)
        for kind, value, at in _marks(employee, key):
            first = seen.setdefault((kind, value), at)
            if first[:3] == key:
                continue
            message = _("{value} belongs to another employee already, at {place}").format(
                value=f"`{value}`", place=document.entry(first).value
            )
            fix = _("make them one employee, or correct one of the two")
            yield Mistake(code="HUB137", key=at, place=document.entry(at).value, message=message, fix=fix)


def _marks(employee: dict[str, Any], key: Key) -> Iterator[tuple[str, str, Key]]:
    """What only one employee can have: a name, a mail address."""
    if isinstance(name := employee.get("name"), str) and name not in {"", "?", UNRESOLVED}:
        yield "name", name, (*key, "name")
    for index, written in enumerate(_list(employee.get("emails"))):
        if isinstance(written, str) and (address := normalize.email(written)):
            yield "email", address, (*key, "emails", index)


def _name(employee: dict[str, Any]) -> str:
    return f"`{employee.get('name', '?')}`"


# --- connections -----------------------------------------------------------------------------------------------------


def _same_ids(document: Document) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    tables = document.at(("connections",))
    for name, table in tables.items() if isinstance(tables, dict) else ():
        given = table.get("id") if isinstance(table, dict) else None
        identity = given if isinstance(given, str) else name
        first = owners.setdefault(identity, name)
        if first == name:
            continue
        key: Key = ("connections", name, "id") if given else ("connections", name)
        message = _("the id {id} is taken by {other}").format(id=f"`{identity}`", other=dotted(("connections", first)))
        fix = _("give it an id of its own; the id of a connection that has been pulled stays with it")
        yield Mistake(code="HUB122", key=key, place=document.entry(key).value, message=message, fix=fix)


# --- the tree as it comes --------------------------------------------------------------------------------------------


def _tables(document: Document, key: Key) -> list[dict[str, Any]]:
    """The tables of a list; what is no table stands as an empty one, so that indexes stay true."""
    return [{"name": "?", **one} if isinstance(one, dict) else _NO_TABLE for one in _list(document.at(key))]


_NO_TABLE: Final[dict[str, Any]] = {"name": "?", "emails": [UNRESOLVED]}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]
