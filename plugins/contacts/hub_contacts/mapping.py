"""The bytes of a row as records. Pure: the same bytes give the same records, today and at a rebuild.

    clients              Company
    people               Contact, of the company that its row names
    company              Company: one item for all the people of a file who name the same company
    contracts, payments  Document
    calls                Call

What a column has and no field takes goes into `extra` under its heading; so does a text that a field cannot take
("звонить после обеда" among telephones). What a record cannot be without, and what would be wrong if it were guessed,
makes the row unreadable.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import hub
from hub_contacts import values
from hub_contacts.cells import CannotRead, Cells
from hub_contacts.identity import of_company, of_key
from hub_contacts.rows import COMPANY, Meaning, decode
from hub_contacts.settings import Settings

MAPPING: Final = 1
"""Raise it when the same bytes give other records, and when other headings are recognised: files are read anew then."""

_TOTALS: Final = re.compile(r"(итого|всего|total)\b.*", re.IGNORECASE | re.DOTALL)


def map_row(body: bytes, _settings: Settings, _window: hub.Window) -> hub.MapResult:
    """The record of a row, or why there is none. Never raises. The bytes say all that is needed."""
    try:
        meaning, said, place, problem = decode(body)
    except ValueError as error:
        return hub.Unreadable(reason=hub.sentence("These are not the bytes of a row"), detail=str(error))
    return understand(meaning, said, place, problem)


def understand(meaning: Meaning, said: Mapping[str, str], place: str = "", problem: str = "") -> hub.MapResult:
    """As `map_row`, of a row that is not bytes yet."""
    if problem:
        return _unreadable(place, problem)
    try:
        return [hub.Mapped(_RECORDS[meaning.kind](Cells(meaning, said)))]
    except CannotRead as error:
        return _unreadable(place, error.reason, error.detail)


def _unreadable(place: str, reason: str, detail: str = "") -> hub.Unreadable:
    placed = hub.sentence("{where}: {why}").format(where=place, why=reason) if place else reason
    return hub.Unreadable(reason=placed, detail=detail)


# --- parties ---------------------------------------------------------------------------------------------------------


def _client(cells: Cells) -> hub.Company:
    name, inn = cells.line("name"), cells.inn()
    identifiers = cells.identifiers(inn)
    if not name and not identifiers:
        raise CannotRead(hub.sentence("it has neither a name nor anything else that tells a client"))
    if not identifiers and _TOTALS.fullmatch(name):
        raise CannotRead(hub.sentence("it is a total and no client"))
    return hub.Company(
        name=name,
        identifiers=identifiers,
        kpp=cells.kpp(inn=inn),
        employee=cells.line("employee"),
        text=cells.one("text"),
        extra=cells.extra(),
    )


def _person(cells: Cells) -> hub.Contact:
    name = cells.line("name") or cells.line("last_name", "first_name", "middle_name")
    identifiers = cells.identifiers(cells.inn())
    if not name and not identifiers:
        raise CannotRead(hub.sentence("it has neither a name nor an address nor a telephone"))
    if not identifiers and _TOTALS.fullmatch(name):
        raise CannotRead(hub.sentence("it is a total and no person"))
    return hub.Contact(
        name=name,
        identifiers=identifiers,
        companies=tuple(_companies(cells)),
        position=cells.line("position"),
        employee=cells.line("employee"),
        text=cells.one("text"),
        extra=cells.extra(),
    )


def _companies(cells: Cells) -> Iterator[str]:
    if key := _client_ref(cells, "company_key"):
        yield key
    elif company := company_of(cells):
        yield f"{cells.meaning.stream}/{of_company(**company)}"


def company_of(cells: Cells) -> dict[str, str] | None:
    """The company that a person's row names by itself, as `name`, `inn`, `kpp`; None if it names none."""
    if cells.one("company_key"):
        return None
    inn = cells.inn("company_inn")
    name, kpp = cells.line("company"), cells.kpp("company_kpp", inn)
    return {"name": name, "inn": inn.partition("/")[0].strip(), "kpp": kpp} if name or inn else None


def _company(cells: Cells) -> hub.Company:
    inn = cells.said.get("inn", "")
    return hub.Company(
        name=cells.said.get("name", ""),
        identifiers=(hub.Identifier("inn", inn),) if inn else (),
        kpp=cells.said.get("kpp", ""),
    )


# --- documents -------------------------------------------------------------------------------------------------------


def _document(cells: Cells, usual: str) -> hub.Document:
    meaning = cells.meaning
    when = cells.must("date", partial(values.when, order=meaning.dates))
    if when is None:
        raise CannotRead(hub.sentence("it has no date"))
    amount, currency = _amount(cells)
    if amount is None and usual == "payment":
        raise CannotRead(hub.sentence("it has no amount"))
    return hub.Document(
        at=_moment(when, meaning) if isinstance(when, datetime) else when,
        type=cells.may("type", values.document_type) or usual,
        number=cells.line("number"),
        title=cells.line("title"),
        text=cells.one("text"),
        status=cells.line("status"),
        amount=amount,
        currency=currency,
        due=cells.may("due", partial(_day, order=meaning.dates)),
        participants=(*_clients(cells), *_responsible(cells)),
        extra=cells.extra(),
    )


def _amount(cells: Cells) -> tuple[Decimal | None, str]:
    found = cells.must("amount", partial(values.amount, decimal=cells.meaning.decimal))
    if found is None:
        return None, ""
    amount, currency = found
    heading = next((values.currency_in(column) for column, _ in cells.columns("amount")), "")
    return amount, currency or cells.may("currency", values.currency) or heading or cells.meaning.currency


def _day(text: str, order: values.DayOrder) -> date:
    when = values.when(text, order)
    return when.date() if isinstance(when, datetime) else when


def _moment(when: datetime, meaning: Meaning) -> hub.Moment | date:
    """The moment; only the day where nothing says what zone the clock stood in."""
    if when.tzinfo is not None:
        return hub.moment(when)
    if not meaning.zone:
        return when.date()
    try:
        return hub.moment(when.replace(tzinfo=ZoneInfo(meaning.zone)), meaning.zone)
    except (KeyError, ValueError, OSError):
        raise CannotRead(hub.sentence("its time zone is unknown"), meaning.zone) from None


def _clients(cells: Cells, *, phones: bool = True) -> Iterator[hub.Participant]:
    """The client of a document or call, once by everything that points to it."""
    name = cells.line("client")
    found = [hub.Identifier("ref", ref)] if (ref := _client_ref(cells, "client_key")) else []
    found += [one for one in cells.identifiers(cells.inn()) if phones or one.kind != "phone"]
    for identifier in found:
        yield hub.Participant("client", identifier, name)
    if name and not found:
        yield hub.Participant("client", None, name)


def _client_ref(cells: Cells, name: str) -> str:
    key = cells.must(name, of_key)
    return f"{cells.meaning.clients}/{key}" if key and cells.meaning.clients else ""


def _responsible(cells: Cells, role: str = "responsible") -> Iterator[hub.Participant]:
    """Our employee, by an address, a telephone of ours, or only a name."""
    name = cells.line("employee")
    points = [hub.Identifier("phone", number) for number in cells.phones("own_phone", least=2)]
    points += [hub.Identifier("email", address) for address in [name] if "@" in address and " " not in address]
    for identifier in points:
        yield hub.Participant(role, identifier, name)
    if name and not points:
        yield hub.Participant(role, None, name)


# --- calls -----------------------------------------------------------------------------------------------------------


def _call(cells: Cells) -> hub.Call:
    seconds = cells.may("duration", values.duration)
    told = cells.may("result", values.result)
    direction = cells.may("direction", values.direction) or ""
    return hub.Call(
        at=_begin(cells),
        seconds=seconds or 0,
        result=told or ("missed" if seconds == 0 else "answered"),
        direction=direction,
        text=cells.one("text"),
        participants=tuple(_parties(cells, direction)),
        extra=cells.extra(),
    )


def _begin(cells: Cells) -> hub.Moment:
    when = cells.must("date", partial(values.when, order=cells.meaning.dates))
    if when is None:
        raise CannotRead(hub.sentence("it has no date"))
    clock = cells.must("time", values.clock)
    if clock is not None:
        zone = when.tzinfo if isinstance(when, datetime) else None
        when = datetime.combine(when, clock, zone)
    if not isinstance(when, datetime):
        raise CannotRead(hub.sentence("it has a date and no time of day"))
    begin = _moment(when, cells.meaning)
    if not isinstance(begin, hub.Moment):
        raise CannotRead(hub.sentence("it has a time without an offset: set `timezone`"))
    return begin


def _parties(cells: Cells, direction: str) -> Iterator[hub.Participant]:
    theirs, ours = {"in": ("caller", "callee"), "out": ("callee", "caller")}.get(direction, ("client", "responsible"))
    named = [*_side(cells, "caller"), *_side(cells, "callee")]
    yield from named
    for number in cells.phones():
        yield hub.Participant("client" if named else theirs, hub.Identifier("phone", number), cells.line("client"))
    yield from _clients(cells, phones=False)
    yield from _responsible(cells, "responsible" if named else ours)


def _side(cells: Cells, role: str) -> Iterator[hub.Participant]:
    text = cells.line(role)
    numbers = list(cells.phones(role, least=2))
    for number in numbers:
        yield hub.Participant(role, hub.Identifier("phone", number))
    if text and not numbers:
        yield hub.Participant(role, None, text)


_RECORDS: Final[Mapping[str, Callable[[Cells], hub.Company | hub.Contact | hub.Document | hub.Call]]] = {
    "clients": _client,
    "people": _person,
    COMPANY: _company,
    "contracts": partial(_document, usual="contract"),
    "payments": partial(_document, usual="payment"),
    "calls": _call,
}
