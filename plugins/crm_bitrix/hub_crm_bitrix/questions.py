"""What is asked of the portal, as values: commands, walks along ids, and how PHP wants them written. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal
from urllib.parse import quote

from hub_crm_bitrix.values import Row, rows

PAGE: Final = 50
"""Rows of a page: the portal knows no other size."""
BATCH: Final = 50
"""Commands of a batch."""

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """A method with its parameters."""

    method: str
    params: Params = field(default_factory=dict)

    @property
    def line(self) -> str:
        """As a batch takes it: `method?query`."""
        return f"{self.method}?{'&'.join(query(self.params))}"


def query(params: Params) -> Iterator[str]:
    """Parameters the way PHP nests them: `filter[>ID]=5&select[]=ID`."""
    for name, value in params.items():
        yield from _pairs(_quoted(name), value)


@lru_cache(4_096)
def _quoted(name: str) -> str:
    return quote(name, safe="")


def _pairs(name: str, value: object) -> Iterator[str]:
    match value:
        case int():
            yield f"{name}={int(value)}"
        case Mapping():
            for key, inner in value.items():
                yield from _pairs(f"{name}[{_quoted(str(key))}]", inner)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _pairs(f"{name}[{number}]", inner)
        case _:
            yield f"{name}={quote(str(value), safe='$[]')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All rows of a list method, by id, page by page (https://apidocs.bitrix24.com/settings/performance/huge-data.html).

    `id` is what the method calls it, `under` where its answer has the rows. The dialect `flat` has `SORT` and `ORDER` as
    texts (user.get, voximplant.statistic.get). `start=-1` saves the portal the counting; where no page of the vendor
    says that a method knows it, `counts` stays true.
    """

    method: str
    id: str = "id"
    under: str = ""
    filter: Params = field(default_factory=dict)
    more: Params = field(default_factory=dict)
    dialect: Literal["crm", "flat"] = "crm"
    newest_first: bool = True
    counts: bool = False

    def page(self, after: int | str = 0) -> Command:
        """The page that follows an id (0: the first one); a text refers to the answer of another command of a batch."""
        sign, direction = ("<", "DESC") if self.newest_first else (">", "ASC")
        wanted = {**self.filter, f"{sign}{self.id}": after} if after else dict(self.filter)
        start = 0 if self.counts else -1
        if self.dialect == "flat":
            return Command(
                self.method, {**self.more, "FILTER": wanted, "SORT": self.id, "ORDER": direction, "start": start}
            )
        return Command(self.method, {**self.more, "filter": wanted, "order": {self.id: direction}, "start": start})

    def chain(self, after: int, length: int) -> dict[str, Command]:
        """Pages that follow each other in one batch: each begins after the last id of the one before."""
        under = f"[{self.under}]" if self.under else ""
        refs: list[int | str] = [
            after,
            *(f"$result[p{number}]{under}[{PAGE - 1}][{self.id}]" for number in range(length - 1)),
        ]
        return {f"p{number}": self.page(ref) for number, ref in enumerate(refs)}

    def count(self) -> Command:
        """A question whose answer has the `total`."""
        page = self.page()
        return Command(page.method, {**page.params, "start": 0})

    def rows(self, result: object) -> Sequence[Row] | None:
        """The objects of a page; None where the answer is no list of objects: an empty page would end the walk."""
        found = result.get(self.under) if self.under and isinstance(result, Mapping) else result
        if not isinstance(found, list | Mapping) or len(rows(found)) != len(found):
            return None
        return rows(found)
