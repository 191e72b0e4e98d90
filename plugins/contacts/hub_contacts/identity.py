"""Permanent ids of rows.

With a key column the id is the key. Without one it is a digest of what identifies the row (a client's INN, a person's
name and company, a payment's number, date and payer), so that a corrected telephone does not make another row of it.
Rows that share all of that are told apart by their other fields.

    A12             a key (the signs %, #, ~ and control signs are escaped)
    3f1c…           a digest
    A12~2  3f1c…~2  the second row with that id: it cannot be read, and the person sees which rows clash
    company~77ab…   the company that people's rows name; nokey~…: a row without the key it should have

Whether rows clash is known only at the end of a file, so a first walk over it collects digests of eight bytes each.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import hub
from hub_contacts import values
from hub_contacts.rows import Meaning, Row
from hub_contacts.tables import Table
from hub_contacts.text import digits, fold, one_line

_IDENTIFYING: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "clients": (("inn", "kpp"), ("ogrn",), ("name",), ("email",), ("phone",), ("site",)),
    "people": (
        ("name", "company_key", "company_inn", "company"),
        ("last_name", "first_name", "middle_name", "company_key", "company_inn", "company"),
        ("first_name", "company_key", "company_inn", "company"),
        ("email",),
        ("phone",),
    ),
    "contracts": (
        ("number", "type", "client_key", "inn", "client"),
        ("date", "amount", "title", "client_key", "inn", "client"),
    ),
    "payments": (
        ("number", "date", "client_key", "inn", "client"),
        ("date", "amount", "client_key", "inn", "client", "text"),
    ),
    "calls": (("date", "time", "phone", "caller", "callee"),),
}
"""Kind -> groups of fields. The first group whose first field is filled identifies the row."""

_SHORT: Final = 10
_PLAIN: Final = 200
_BUCKETS: Final = 256


@dataclass(frozen=True, slots=True)
class Named:
    """A row under its id."""

    external_id: str
    row: Row


@dataclass(frozen=True, slots=True)
class _Name:
    """A proposed id. Rows that share one which `can_widen` are told apart by all their fields; the others clash."""

    narrow: str
    can_widen: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Ids:
    """The ids of a file's rows. `shared` are the digests of the proposed ids that several rows have."""

    table: Table
    shared: frozenset[int]
    total: int

    def rows(self) -> Iterator[Named]:
        """Every row under its id, in the order of the file from its first row on."""
        meaning = self.table.meaning
        seen: dict[str, tuple[int, int]] = {}
        for row in self.table.rows():
            proposed = _propose(self.table, row)
            external_id, problem = proposed.narrow, row.problem or proposed.problem
            if _digest64(external_id) in self.shared:
                external_id = _of_fields(meaning, row, sorted(meaning.fields)) if proposed.can_widen else external_id
                first, count = seen.get(external_id, (row.number, 0))
                seen[external_id] = (first, count + 1)
                if count:
                    external_id = f"{external_id}~{count + 1}"
                    problem = problem or _clash(row.unit.format(number=first), self.table.key)
            yield Named(external_id, replace(row, problem=problem) if problem else row)


def collect(table: Table) -> Ids:
    """The first walk: which ids more than one row proposes, and how many rows there are."""
    buckets = [array("Q") for _ in range(_BUCKETS)]
    total = 0
    for total, row in enumerate(table.rows(), 1):  # noqa: B007 - the last number is the count
        digest = _digest64(_propose(table, row).narrow)
        buckets[digest % _BUCKETS].append(digest)
    shared = frozenset(digest for bucket in buckets for digest in _repeated(bucket))
    return Ids(table, shared, total)


def _repeated(bucket: "array[int]") -> Iterator[int]:
    ordered = sorted(bucket)
    return (a for a, b in pairwise(ordered) if a == b)


def of_key(text: str) -> str:
    """The id of a row with this key. The same key gives the same id in every file, so that rows can point to it."""
    plain = values.key(one_line(text))
    if len(plain) > _PLAIN:
        return digest("key", plain)
    return "".join(f"%{ord(sign):02X}" if sign in "%#~" else sign for sign in plain)


def of_company(name: str, inn: str, kpp: str) -> str:
    """The id of a company that people's rows name."""
    return f"company~{digest(fold(name), digits(inn), kpp)}"


def digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=_SHORT).hexdigest()


def _propose(table: Table, row: Row) -> _Name:
    if table.key and (table.key_is_needed or table.key in row.cells):
        return _of_key_cell(row, table.key)
    meaning = table.meaning
    for group in _IDENTIFYING[meaning.kind]:
        if _folded(meaning, row, group[0]):
            return _Name(_of_fields(meaning, row, group), can_widen=True)
    return _Name(f"nokey~{_of_cells(row)}")


def _of_key_cell(row: Row, key: str) -> _Name:
    text = row.cells.get(key, "")
    if not text:
        return _Name(
            f"nokey~{_of_cells(row)}", problem=hub.sentence("the key column «{column}» is empty").format(column=key)
        )
    try:
        return _Name(of_key(text))
    except ValueError as error:
        problem = hub.sentence("the key column «{column}» {why}").format(column=key, why=error)
        return _Name(f"nokey~{_of_cells(row)}", problem=problem)


def _of_cells(row: Row) -> str:
    return digest(*(part for cell in sorted(row.cells.items()) for part in cell))


def _of_fields(meaning: Meaning, row: Row, names: Iterable[str]) -> str:
    """Of the filled ones among some fields, so that a new and empty column changes nothing."""
    folded = ((name, _folded(meaning, row, name)) for name in names)
    return digest(*(part for name, text in folded if text for part in (name, text)))


def _clash(first: str, key: str) -> str:
    if key:
        return hub.sentence("its key in «{column}» is already used by {where}").format(column=key, where=first)
    return hub.sentence("it repeats {where}: delete it, or give the file a `key` column").format(where=first)


def _digest64(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


# --- what two spellings of one value have in common -------------------------------------------------------------------


def _text(meaning: Meaning, row: Row, name: str) -> str:
    columns = meaning.fields.get(name, ())
    if len(columns) == 1:
        return row.cells.get(columns[0], "")
    return "\n".join(text for column in columns if (text := row.cells.get(column)))


def _folded(meaning: Meaning, row: Row, name: str) -> str:
    text = _text(meaning, row, name)
    if not text:
        return ""
    try:
        return _canonical(meaning, name, text)
    except ValueError:
        return fold(text) or text


def _canonical(meaning: Meaning, name: str, text: str) -> str:
    match name:
        case "date" | "due":
            return values.when(text, meaning.dates).isoformat()
        case "time":
            return values.clock(text).isoformat()
        case "amount":
            return str(values.amount(text, meaning.decimal)[0].normalize())
        case "duration":
            return str(values.duration(text))
        case "inn" | "kpp" | "ogrn" | "company_inn" | "company_kpp":
            return digits(values.unrounded(text)).lstrip("0")
        case "phone" | "caller" | "callee" | "own_phone":
            return digits(values.unrounded(text))
        case "client_key" | "company_key":
            return of_key(text)
        case _:
            return fold(text) or text
