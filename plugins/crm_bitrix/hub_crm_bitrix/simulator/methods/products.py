"""Rows of goods: `crm.item.productrow.*` and the older `crm.deal.productrows.*`, of the same rows.

https://apidocs.bitrix24.com/api-reference/crm/universal/product-rows/index.html. What is owed is reckoned from the rows where nobody has written a sum
of his own (`isManualOpportunity`).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, lists, writing
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import CONTRACT, DEAL, INVOICE, LEAD, QUOTE
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.lists import Wanted
from hub_crm_bitrix.simulator.methods.legacy import existing
from hub_crm_bitrix.simulator.refusals import Refusal

TABLE = "productrows"
OWNERS: Mapping[str, int] = {"L": LEAD, "D": DEAL, "Q": QUOTE, "SI": INVOICE, f"T{CONTRACT:x}": CONTRACT}
"""The short codes of kinds: https://apidocs.bitrix24.com/api-reference/crm/data-types.html#object_type"""
_NUMBERS = (
    "id", "ownerId", "productId", "price", "priceAccount", "priceExclusive", "priceNetto", "priceBrutto", "quantity",
    "discountTypeId", "discountRate", "discountSum", "taxRate", "measureCode", "sort", "type",
)  # fmt: skip
_TEXTS = ("ownerType", "productName", "taxIncluded", "customized", "measureName", "xmlId")
KINDS: Mapping[str, Kind] = {**dict.fromkeys(_NUMBERS, "number"), **dict.fromkeys(_TEXTS, "text")}
_GIVEN = (
    "productId", "productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate",
    "taxIncluded", "measureCode", "measureName", "sort",
)  # fmt: skip
_PERCENT, _SUM = 2, 1


# --- rows ---------------------------------------------------------------------------------------------------------


def _made(given: Mapping[str, Any]) -> Row:
    """A row of what was given, with what follows from it. Raises Refusal."""
    price, tax = _amount(given.get("price")) or 0, _amount(given.get("taxRate"))
    kind = forms.number(given.get("discountTypeId"), _PERCENT)
    rate, off = _amount(given.get("discountRate")), _amount(given.get("discountSum"))
    exclusive = round(price / (1 + (tax or 0) / 100), 2)
    if kind == _SUM:
        netto = exclusive + (off or 0)
    elif (rate or 0) < 100:
        netto = round(exclusive / (1 - (rate or 0) / 100), 2)
    else:
        netto = off or 0
    off = round(netto - exclusive, 2)
    return {
        "productId": forms.number(given.get("productId")), "price": _told(price), "priceAccount": _told(price),
        "priceExclusive": _told(exclusive), "priceNetto": _told(netto),
        "priceBrutto": _told(round(netto * (1 + (tax or 0) / 100), 2)), "quantity": _told(_amount(given.get("quantity"), 1) or 0),
        "discountTypeId": kind, "discountRate": _told(rate if rate is not None else round(100 * off / netto, 2) if netto else 0),
        "discountSum": _told(off), "taxRate": None if tax is None else _told(tax),
        "taxIncluded": "Y" if forms.text(given.get("taxIncluded")).upper() == "Y" else "N", "customized": "Y",
        "measureCode": forms.number(given.get("measureCode")), "measureName": forms.text(given.get("measureName")),
        "sort": forms.number(given.get("sort")), "type": 1, "xmlId": "", "productName": forms.text(given.get("productName")),
    }  # fmt: skip


def _amount(value: Any, default: float | None = None) -> float | None:
    try:
        return float(forms.text(value).strip())
    except ValueError:
        return default


_told = fields.amount


def _lack(given: Mapping[str, Any]) -> str:
    """What a discount lacks, by https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-productrows-set.html."""
    kind, rate, off = (_amount(given.get(name)) for name in ("discountTypeId", "discountRate", "discountSum"))
    if kind == _SUM and off is None:
        return "Discount Sum (DISCOUNT_SUM) is required if Monetary Discount Type (DISCOUNT_TYPE_ID) is defined."
    if kind == _PERCENT and rate is None:
        return "Discount Rate (DISCOUNT_RATE) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined."
    if kind == _PERCENT and rate == 100 and off is None:
        return (
            "Discount Sum (DISCOUNT_SUM) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined and Discount Rate "
            "(DISCOUNT_RATE) is 100%"
        )
    return ""


def _of(call: Call, owner: str, number: int) -> list[Row]:
    table = call.portal.tables[TABLE]
    rows = [table.row(one) for one in table.ids]
    return [one for one in rows if (one["ownerType"], one["ownerId"]) == (owner, number)]


def _put(call: Call, owner: str, number: int, made: Row, at: int = 0) -> Row:
    table = call.portal.tables[TABLE]
    new = at or table.next_id()
    row = {"id": new, "ownerId": number, "ownerType": owner, **made, "productName": made["productName"] or f"[{new}]"}
    table.put(row)
    return row


def _replace(call: Call, owner: str, number: int, given: Sequence[Any]) -> list[Row]:
    rows = [forms.mapping(one) for one in given]
    for one in rows:
        if lack := _lack(one):
            raise Refusal(400, "ERROR_CORE", f"{lack}<br>")
    known = {one["id"] for one in _of(call, owner, number)}
    kept = [forms.number(one.get("id")) if forms.number(one.get("id")) in known else 0 for one in rows]
    for gone in known.difference(kept):
        call.portal.tables[TABLE].remove(gone)
    found = [_put(call, owner, number, _made(one), at) for one, at in zip(rows, kept, strict=True)]
    _reckon(call, owner, number)
    return found


def _reckon(call: Call, owner: str, number: int) -> None:
    kind = OWNERS[owner]
    row = call.portal.tables[kind].row(number)
    if row["isManualOpportunity"] != "Y":
        total = sum(one["price"] * one["quantity"] for one in _of(call, owner, number))
        writing.change(call, kind, row, {"opportunity": fields.amount(round(total, 2))})


# --- crm.item.productrow ------------------------------------------------------------------------------------------


def _owner(call: Call, given: Mapping[str, Any]) -> tuple[str, int]:
    owner, number = forms.text(given.get("ownertype")), forms.number(given.get("ownerid"))
    if not owner or not number:
        raise Refusal(400, "100", "Could not find value for parameter {ownerType}")
    if owner not in OWNERS:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    if number not in call.portal.tables[OWNERS[owner]]:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    return owner, number


def list_rows(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/product-rows/crm-item-productrow-list.html: of one object, which must be named."""
    call.need("crm")
    wanted = call.map("filter")
    _owner(call, {name.lower(): wanted.get(f"={name}", wanted.get(name)) for name in ("ownerType", "ownerId")})
    page = call.portal.find(TABLE, Wanted(
        filter=wanted, order=call.get("order") or {"id": "asc"}, start=call.number("start"), columns=lists.of(KINDS),
        strict=True, exact=True,
    ))  # fmt: skip
    rows = [call.portal.tables[TABLE].row(one) for one in page.ids]
    return Answer(result={"productRows": rows}, total=page.total, next=page.next, rows=len(rows))


def set_rows(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/product-rows/crm-item-productrow-set.html"""
    call.need("crm")
    rows = _replace(call, *_owner(call, call.params), forms.values(call.get("productrows")))
    return Answer(result={"productRows": rows}, wrote=True)


def add_row(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/product-rows/crm-item-productrow-add.html"""
    call.need("crm")
    given = call.map("fields")
    owner, number = _owner(call, {name.lower(): value for name, value in given.items()})
    row = _put(call, owner, number, _made(given))
    _reckon(call, owner, number)
    return Answer(result={"productRow": row}, wrote=True)


def _row(call: Call) -> Row:
    call.need("crm")
    row = call.portal.tables[TABLE].get(call.number("id"))
    if row is None:
        raise Refusal(400, "NOT_FOUND", "Not found")
    return row


def get_row(call: Call) -> Answer:
    return Answer(result={"productRow": _row(call)})


def update_row(call: Call) -> Answer:
    row, given = _row(call), call.map("fields")
    before = {name: row[name] for name in _GIVEN}
    if given.keys() & {"discountRate", "discountTypeId"} and "discountSum" not in given:
        del before["discountSum"]
    changed = _put(call, row["ownerType"], row["ownerId"], _made(before | given), row["id"])
    _reckon(call, row["ownerType"], row["ownerId"])
    return Answer(result={"productRow": changed}, wrote=True)


def delete_row(call: Call) -> Answer:
    row = _row(call)
    call.portal.tables[TABLE].remove(row["id"])
    _reckon(call, row["ownerType"], row["ownerId"])
    return Answer(result=True, wrote=True)


# --- crm.deal.productrows -----------------------------------------------------------------------------------------

_WORDS = {name: fields.snake(name) for name in (*_NUMBERS, *_TEXTS)}


def old_rows(owner: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-productrows-get.html"""
    call.need("crm")
    rows = [_old(one) for one in _of(call, owner, existing(OWNERS[owner], call)["id"])]
    return Answer(result=rows, rows=len(rows))


def _old(row: Row) -> Row:
    told = {_WORDS[name]: value for name, value in row.items()}
    return told | {
        "ID": str(row["id"]), "OWNER_ID": str(row["ownerId"]), "ORIGINAL_PRODUCT_NAME": row["productName"],
        "PRODUCT_DESCRIPTION": None, "PRICE_ACCOUNT": f"{row['price']:.2f}", "STORE_ID": None, "RESERVE_ID": None,
        "DATE_RESERVE_END": None, "RESERVE_QUANTITY": None,
    }  # fmt: skip


def set_old_rows(owner: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-productrows-set.html"""
    call.need("crm")
    row = existing(OWNERS[owner], call)
    names = {word: name for name, word in _WORDS.items()}
    given = [
        {names.get(key.upper(), key): value for key, value in forms.mapping(one).items()}
        for one in forms.values(call.get("rows"))
    ]
    _replace(call, owner, row["id"], given)
    return Answer(result=True, wrote=True)


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.item.productrow.list": list_rows, "crm.item.productrow.set": set_rows, "crm.item.productrow.add": add_row,
    "crm.item.productrow.get": get_row, "crm.item.productrow.update": update_row,
    "crm.item.productrow.delete": delete_row,
    **{
        f"crm.{name}.productrows.{way}": partial(method, owner)
        for name, owner in (("deal", "D"), ("lead", "L"), ("quote", "Q"))
        for way, method in (("get", old_rows), ("set", set_old_rows))
    },
}  # fmt: skip
