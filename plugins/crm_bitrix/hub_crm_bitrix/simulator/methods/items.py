"""The universal methods: `crm.item.*` for every kind of object, in camelCase and typed values.

https://apidocs.bitrix24.com/api-reference/crm/universal/index.html and the page of each method beside it.
"""

from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, writing
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import Field
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.lists import Columns, Wanted
from hub_crm_bitrix.simulator.refusals import Refusal, no_item, no_process

_ORIGINAL = {kind: {one.name: one.upper for one in every if one.is_custom} for kind, every in fields.FIELDS.items()}
_NOT_OVER_REST = {"entityTypeId", "contacts", "companies", "fm"}


def kind_of(call: Call) -> int:
    """The `entityTypeId`. Raises Refusal."""
    call.need("crm")
    kind = call.number("entitytypeid")
    if kind == 5:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "Тип элемента не поддерживается")
    if kind not in fields.NAMES:
        raise no_process()
    return kind


def kind_of_value(field: Field) -> Kind:
    if field.is_moment:
        return "moment"
    if field.is_number:
        return "number"
    return "flag" if field.type == "boolean" else "text"


def columns(kind: int) -> Columns:
    """What a filter and an order may name: https://apidocs.bitrix24.com/api-reference/crm/universal/object-fields.html#select

    Names in capitals are taken as well: the vendor's own b24pysdk orders by `ID`.
    """
    known = {**fields.BY_UPPER[kind], **fields.BY_NAME[kind]}

    def column(name: str) -> tuple[str, Kind] | None:
        if name == "fm":
            raise Refusal(400, 100, "fm")
        field = known.get(name)
        if field is None or name in _NOT_OVER_REST:
            return None
        return field.name, kind_of_value(field)

    return column


def list_items(call: Call) -> Answer:
    kind = kind_of(call)
    wanted = Wanted(
        filter=call.get("filter"), order=call.get("order"), start=call.number("start"), columns=columns(kind),
        strict=True, exact=True,
    )  # fmt: skip
    page = call.portal.find(kind, wanted)
    shape = (call.names("select"), call.text("useoriginalufnames").upper() in ("Y", "1", "TRUE"))
    select, original = shape
    draw = partial(drawn, kind=kind, select=select, original=original)
    items = [call.portal.tables[kind].drawn(number, ("item", *shape), draw) for number in page.ids]
    return Answer(result={"items": items}, total=page.total, next=page.next, rows=len(items))


def drawn(row: Row, kind: int, *, select: tuple[str, ...] = (), original: bool = False) -> Row:
    """A row as it is answered: whole, or the fields named (`fm` never is), and its id in any case."""
    if select and "*" not in select:
        names = {fields.camel(name) if name.startswith("UF_") else name for name in (*select, "id")} - _NOT_OVER_REST
        row = {name: row[name] for name in row if name in names}
    if original:
        row = dict(row)
        for name, upper in _ORIGINAL[kind].items():
            if name in row:
                row[upper] = row.pop(name)
    return row


def get_item(call: Call) -> Answer:
    original = call.text("useoriginalufnames").upper() == "Y"
    return Answer(result={"item": drawn(existing(call), kind_of(call), original=original)})


def existing(call: Call) -> Row:
    """Raises Refusal."""
    row = call.portal.tables[kind_of(call)].get(call.number("id"))
    if row is None:
        raise no_item()
    return row


def item_fields(call: Call) -> Answer:
    kind = kind_of(call)
    told = [one for one in fields.FIELDS[kind] if one.access != "a"]
    original = call.text("useoriginalufnames").upper() == "Y"
    return Answer(
        result={"fields": {one.upper if original and one.is_custom else one.name: _told(one) for one in told}}
    )


def _told(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": field.type, "isRequired": False, "isReadOnly": field.access == "r", "isImmutable": field.access == "i",
        "isMultiple": field.many, "isDynamic": field.is_custom, "title": field.title, "upperName": field.upper,
    }  # fmt: skip
    if field.type == "enumeration":
        told["items"] = [{"ID": key, "VALUE": value} for key, value in fields.ENUMERATION]
    return told


def list_categories(call: Call) -> Answer:
    kind = kind_of(call)
    found = call.portal.categories.get(kind)
    if found is None:
        name = fields.NAMES[kind].upper()
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {name} is not supported")
    return Answer(result={"categories": list(found)}, total=len(found), rows=len(found))


def _given(call: Call, kind: int, row: Row, *, is_new: bool) -> dict[str, Any]:
    """The values that may be written, as a row holds them. The rest is passed over."""
    found: dict[str, Any] = {}
    for name, value in forms.mapping(call.get("fields")).items():
        field = fields.BY_NAME[kind].get(fields.camel(name) if name.startswith("UF_") else name)
        if field and field.name == "fm":
            found["fm"] = writing.multifields(row, value, call.portal.next_multifield())
        elif field and (not field.access or (field.access == "i" and is_new)):
            found[field.name] = writing.read(field, value)
    return found


def add_item(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-add.html"""
    kind = kind_of(call)
    row = writing.add(call, kind, _given(call, kind, {}, is_new=True))
    return Answer(result={"item": row}, wrote=True)


def update_item(call: Call) -> Answer:
    kind, row = kind_of(call), existing(call)
    if "id" in forms.mapping(call.get("fields")):
        raise Refusal(400, 0, "Setting value for Primary ID is not allowed, it is read-only field")
    changed = writing.change(call, kind, row, _given(call, kind, row, is_new=False))
    return Answer(result={"item": changed}, wrote=changed is not row)


def delete_item(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-delete.html: answers an empty list."""
    writing.delete(call, kind_of(call), existing(call)["id"])
    return Answer(result=[], wrote=True)


METHODS = {
    "crm.item.list": list_items, "crm.item.get": get_item, "crm.item.fields": item_fields,
    "crm.item.add": add_item, "crm.item.update": update_item, "crm.item.delete": delete_item,
    "crm.category.list": list_categories,
}  # fmt: skip
