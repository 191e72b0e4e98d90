"""Leads, deals and what is made out for them (quotes, invoices, elements of smart processes) as records. Pure.

The connector puts beside every object what only other answers say: `stages` (code -> name and how it ends), the name of
its `pipeline`, and the rows of its `history` (crm.stagehistory.list).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import hub
from hub_crm_bitrix.kinds import DEAL, LEAD, clients, owners, stream_of, user
from hub_crm_bitrix.parties import Names, prospect
from hub_crm_bitrix.values import Row, amount, day, identity, moment, plain, row, rows, stated, text

_ENDS: Final = {"S": "won", "F": "lost"}


def lead(raw: Row, names: Names) -> list[hub.Mapped]:
    """A lead is an affair and, until somebody has qualified it, the one who came with it."""
    item = row(raw.get("item"))
    if any(number for _kind, number in owners(item)):
        return list(_affair(raw, names, LEAD, "deal"))
    return [*prospect(item), *_affair(raw, names, LEAD, "deal")]


def deal(raw: Row, names: Names) -> list[hub.Mapped]:
    return list(_affair(raw, names, DEAL, ""))


def document(raw: Row, names: Names, kind: str) -> list[hub.Mapped]:
    """What is made out for a client: `kind` as in `hub.Document.type`."""
    item = row(raw.get("item"))
    number = text(item.get("accountNumber") or item.get("quoteNumber"))
    record = hub.Document(
        at=_created(item),
        type=kind,
        number=number,
        title=text(item.get("title")),
        text=plain(item.get("comments") or item.get("content")),
        status=_stage(raw, item.get("stageId")),
        amount=amount(item.get("opportunity")),
        currency=text(item.get("currencyId")),
        due=None if _ending(raw) else day(item.get("closedate") or item.get("actualDate")),
        participants=_people(item),
        extra=_extra(raw, names),
    )
    return [hub.Mapped(record)]


def _affair(raw: Row, names: Names, kind: int, part: str) -> Iterator[hub.Mapped]:
    item = row(raw.get("item"))
    status = _ending(raw)
    record = hub.Deal(
        at=_created(item),
        title=text(item.get("title")),
        text=plain(item.get("comments")),
        pipeline=text(raw.get("pipeline")),
        stage=_stage(raw, item.get("stageId")),
        status=status or "open",
        amount=amount(item.get("opportunity")),
        currency=text(item.get("currencyId")),
        closed=(day(item.get("closedate")) or moment(item.get("movedTime"))) if status else None,
        participants=_people(item, *_itself(item, kind)),
        extra=_extra(raw, names),
    )
    yield hub.Mapped(record, part)
    yield from _moves(raw, kind)


def _moves(raw: Row, kind: int) -> Iterator[hub.Mapped]:
    """How it went from stage to stage; with its first one it was made, which its own line tells."""
    item = row(raw.get("item"))
    told = sorted(rows(raw.get("history")), key=lambda one: identity(one.get("ID")))
    people = _people(item, *_itself(item, kind), responsible=False)
    for before, after in pairwise(told):
        at = moment(after.get("CREATED_TIME"))
        if at is None or _code(before) == _code(after):
            continue
        change = hub.StageChange(
            at=at,
            deal=f"{stream_of(kind)}/{identity(item.get('id'))}",
            title=text(item.get("title")),
            before=_stage(raw, _code(before)),
            after=_stage(raw, _code(after)),
            participants=people,
        )
        yield hub.Mapped(change, f"stage:{identity(after.get('ID'))}")


def _code(told: Row) -> str:
    """Deals have STAGE_ID in their history, leads STATUS_ID."""
    return text(told.get("STAGE_ID") or told.get("STATUS_ID"))


def _itself(item: Row, kind: int) -> tuple[tuple[int, int], ...]:
    return ((LEAD, identity(item.get("id"))),) if kind == LEAD else ()


def _people(item: Row, *also: tuple[int, int], responsible: bool = True) -> tuple[hub.Participant, ...]:
    ours = tuple(user("responsible", item.get("assignedById"))) if responsible else ()
    return (*ours, *clients((*owners(item), *also)))


def _created(item: Row) -> hub.Moment:
    """Raises `ValueError` for an object that does not say when it was made: then it is no object."""
    if (found := moment(item.get("createdTime"))) is None:
        raise ValueError("createdTime is no moment")
    return found


def _stage(raw: Row, code: object) -> str:
    """The name of a stage; of one that was deleted since, its code."""
    return text(row(row(raw.get("stages")).get(text(code))).get("name")) or text(code)


def _ending(raw: Row) -> str:
    """`won`, `lost`, or "" for what is going on."""
    item = row(raw.get("item"))
    known = row(row(raw.get("stages")).get(text(item.get("stageId"))))
    return _ENDS.get(text(item.get("stageSemanticId")) or text(known.get("ends")), "")


def _extra(raw: Row, names: Names) -> dict[str, Any]:
    return dict(stated(row(raw.get("item")), names, row(raw.get("labels"))))
