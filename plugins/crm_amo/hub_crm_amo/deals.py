"""Leads, customers, their purchases, and invoices as records. Pure.

The connector puts beside a lead its `stage` (pipeline, name) and the account's `currency`, beside an event the `stages`
that it speaks of and the `owner`, whose clients it is about.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import hub
from hub_crm_amo.kinds import ENDS, LEADS, PLURAL, about, clients, owners, stage_of, user
from hub_crm_amo.parties import Names
from hub_crm_amo.values import Row, amount, coded, embedded, headline, identity, moment, row, rows, stated, text


def lead(raw: Row, names: Names) -> list[hub.Mapped]:
    item = row(raw.get("item"))
    status = ENDS.get(identity(item.get("status_id")), "open")
    pipeline, stage = _pair(raw.get("stage"))
    reason = next((text(one.get("name")) for one in embedded(item, "loss_reason")), "")
    record = hub.Deal(
        at=made(item),
        title=text(item.get("name")),
        text=reason,
        pipeline=pipeline,
        stage=stage or text(item.get("status_id")),
        status=status,
        amount=amount(item.get("price")),
        currency=text(raw.get("currency")),
        closed=moment(item.get("closed_at")) if status != "open" else None,
        participants=(*user("responsible", item.get("responsible_user_id")), *clients(owners(item))),
        extra=dict(stated(item, names)),
    )
    return [hub.Mapped(record)]


def customer(raw: Row, names: Names) -> list[hub.Mapped]:
    """Somebody who buys again and again: a deal that stays open, worth its next purchase."""
    item = row(raw.get("item"))
    expected = _day(item.get("next_date"))
    extra: dict[str, Any] = {"next_purchase": expected.isoformat()} if expected else {}
    record = hub.Deal(
        at=made(item),
        title=text(item.get("name")),
        stage=text(raw.get("stage")),
        amount=amount(item.get("next_price")),
        currency=text(raw.get("currency")),
        participants=(*user("responsible", item.get("responsible_user_id")), *clients(owners(item))),
        extra={**extra, **dict(stated(item, names))},
    )
    return [hub.Mapped(record)]


def invoice(raw: Row, names: Names) -> list[hub.Mapped]:
    """An element of the catalog of invoices; whom it is for stands in its PAYER."""
    item = row(raw.get("item"))
    payers = [
        (PLURAL.get(text(one.get("entity_type")), text(one.get("entity_type"))), identity(one.get("entity_id")))
        for one in coded(item, "PAYER")
        if isinstance(one, Mapping)
    ]
    record = hub.Document(
        at=made(item),
        type="invoice",
        title=text(item.get("name")),
        text=_first(item, "BILL_COMMENT"),
        status=_first(item, "BILL_STATUS"),
        amount=amount(_first(item, "BILL_PRICE")),
        currency=text(raw.get("currency")),
        participants=clients(payers),
        extra=dict(stated(item, names)),
    )
    return [hub.Mapped(record)]


def purchase(raw: Row) -> list[hub.Mapped]:
    """What a customer has paid for; `completed_at` is when he bought it, whenever it was entered."""
    item, owner = row(raw.get("item")), row(raw.get("owner"))
    said = text(item.get("comment"))
    record = hub.Document(
        at=moment(item.get("completed_at")) or made(item),
        type="payment",
        title=headline(said) or text(owner.get("name")),
        text=said,
        amount=amount(item.get("price")),
        currency=text(raw.get("currency")),
        participants=(*user("author", item.get("created_by")), *clients(owners(owner))),
    )
    return [hub.Mapped(record)]


def moved(raw: Row) -> list[hub.Mapped]:
    """A lead went from one stage to another; the pipeline is told where it is another one, too."""
    item, owner = row(raw.get("item")), row(raw.get("owner"))
    number = identity(item.get("entity_id"))
    was, now = (_pair(row(raw.get("stages")).get(stage_of(item, name))) for name in ("value_before", "value_after"))
    other = was[0] != now[0]
    change = hub.StageChange(
        at=made(item),
        deal=f"{LEADS}/{number}",
        title=text(owner.get("name")),
        before=_stage(was, stage_of(item, "value_before"), with_pipeline=other),
        after=_stage(now, stage_of(item, "value_after"), with_pipeline=other),
        participants=(*user("author", item.get("created_by")), *about(LEADS, number, owner)),
    )
    return [hub.Mapped(change)]


def handed_over(raw: Row) -> list[hub.Mapped]:
    """A card went from one of us to another; a task that did tells of itself."""
    item, owner = row(raw.get("item")), row(raw.get("owner"))
    kind, number = PLURAL.get(text(item.get("entity_type")), ""), identity(item.get("entity_id"))
    if not kind:
        return []
    change = hub.StageChange(
        at=made(item),
        deal=f"{kind}/{number}",
        title=text(owner.get("name")),
        participants=(
            *user("author", item.get("created_by")),
            *user("former", _holder(item, "value_before")),
            *user("responsible", _holder(item, "value_after")),
            *about(kind, number, owner),
        ),
    )
    return [hub.Mapped(change)]


def _holder(event: Row, name: str) -> object:
    found = next(iter(rows(event.get(name))), {})
    return row(found.get("responsible_user")).get("id")


def _stage(named: tuple[str, str], key: str, *, with_pipeline: bool) -> str:
    """The name of a stage; of one that was deleted since, its number."""
    pipeline, name = named
    if not name:
        return key.partition("/")[2]
    return f"{pipeline}: {name}" if with_pipeline and pipeline else name


def _pair(value: object) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return text(value[0]), text(value[1])
    return "", ""


def _first(item: Row, code: str) -> str:
    return next((text(one) for one in coded(item, code) if text(one)), "")


def _day(value: object) -> date | None:
    found = moment(value)
    return found.utc.date() if found else None


def made(item: Row) -> hub.Moment:
    """Raises `ValueError` for an object that does not say when it was made: then it is no object."""
    if (found := moment(item.get("created_at"))) is None:
        raise ValueError("created_at is no moment")
    return found
