"""Fields of one's own, and tags: https://developers.kommo.com/reference/custom-fields, /reference/tags."""

from collections.abc import Iterator

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.written import Mistake, Row, allowed, an_object, checked, choice, of_id, whole
from hub_crm_amo.simulator.world import ENTITIES

FIELD_TYPES = frozenset({
    "text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton", "streetaddress",
    "smart_address", "birthday", "legal_entity", "date_time", "price", "category", "items", "tracking_data", "linked_entity",
    "chained_list", "monetary", "file", "payer", "supplier", "multitext",
})  # fmt: skip
"""https://developers.kommo.com/reference/custom-fields-types"""
_WITH_ENUMS = frozenset({"select", "multiselect", "radiobutton", "category", "multitext"})


def get_field(call: Call) -> Reply:
    return hal(
        drawing.field(of_id(call.account.fields[call.way[0]], forms.number(call.way[2])), call.way[0], call.base)
    )


def add_fields(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-custom-fields"""
    allowed(call)
    given, kind = writing.batch(call), call.way[0]
    checked(writing.lacking(given, "name", "type"))
    checked(choice(one, place, "type") for place, one in enumerate(given) if one["type"] not in FIELD_TYPES)
    checked(strange for place, one in enumerate(given) for strange in _grouped(call, one, place))
    made = []
    for one in given:
        made.append(_field(call, one))
        call.account.fields[kind].append(made[-1])
    return whole(call, "custom_fields", [drawing.field(one, kind, call.base) for one in made], given)


def _grouped(call: Call, given: Row, place: int) -> Iterator[Mistake]:
    """A group that the card does not have."""
    known = [None, *(row["id"] for row in call.account.groups[call.way[0]])]
    if given.get("group_id") not in known:
        yield choice(given, place, "group_id")


def _field(call: Call, given: Row) -> Row:
    number = 1 + max(one["id"] for every in call.account.fields.values() for one in every)
    row: Row = {
        "id": number, "name": str(given["name"]), "type": given["type"], "account_id": ACCOUNT, "code": given.get("code"),
        "sort": forms.number(given.get("sort"), number), "is_api_only": bool(given.get("is_api_only")), "enums": None,
        "group_id": given.get("group_id"), "required_statuses": given.get("required_statuses") or [], "is_deletable": True,
        "is_predefined": False, "remind": given.get("remind"),
    }  # fmt: skip
    return row | {"enums": _enums(row, given)}


def _enums(row: Row, given: Row) -> list[Row] | None:
    if given.get("type", row["type"]) not in _WITH_ENUMS:
        return None
    if "enums" not in given:
        return row["enums"]  # type: ignore[no-any-return]
    last = max((one["id"] for one in row["enums"] or ()), default=row["id"] * 100)
    made = []
    for at, one in enumerate(given["enums"] or ()):
        last += not one.get("id")
        made.append(
            {"id": one.get("id") or last, "value": str(one.get("value", "")), "sort": forms.number(one.get("sort"), at)}
        )
    return made


def change_field(call: Call) -> Reply:
    allowed(call)
    kind = call.way[0]
    row = of_id(call.account.fields[kind], forms.number(call.way[2]))
    given = an_object(call)
    checked(_grouped(call, given, 0))
    return hal(drawing.field(_changed_field(call, row, given), kind, call.base))


def change_fields(call: Call) -> Reply:
    allowed(call)
    given, kind = writing.batch(call), call.way[0]
    checked(strange for place, one in enumerate(given) for strange in _grouped(call, one, place))
    rows = [of_id(call.account.fields[kind], forms.number(one.get("id"))) for one in given]
    made = [_changed_field(call, row, one) for row, one in zip(rows, given, strict=True)]
    return whole(call, "custom_fields", [drawing.field(one, kind, call.base) for one in made], given)


def _changed_field(call: Call, row: Row, given: Row) -> Row:
    enums = _enums(row, given)
    row |= {
        name: given[name] for name in ("name", "sort", "is_api_only", "group_id", "required_statuses") if name in given
    }
    row["enums"] = enums
    call.account.wrote += 1
    return row


def delete_field(call: Call) -> Reply:
    """https://developers.kommo.com/reference/delete-custom-field: those of the system stay."""
    allowed(call)
    rows = call.account.fields[call.way[0]]
    row = of_id(rows, forms.number(call.way[2]))
    if not row["is_deletable"]:
        raise refusals.Refusal(400, "A field of the system cannot be deleted")
    rows.remove(row)
    call.account.wrote += 1
    return nothing()


def add_tags(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-tags: one that is there by its name is given back."""
    given, kind = writing.batch(call), call.way[0]
    checked(writing.lacking(given, "name"))
    made = [call.account.tag(kind, str(one["name"]), one.get("color")) for one in given]
    return whole(call, "tags", made, given)


METHODS: Methods = {
    **{
        (way, f"{kind}/custom_fields"): method
        for kind in ENTITIES for way, method in (("POST", add_fields), ("PATCH", change_fields))
    },
    **{
        (way, f"{kind}/custom_fields/*"): method
        for kind in ENTITIES for way, method in (("GET", get_field), ("PATCH", change_field), ("DELETE", delete_field))
    },
    **{("POST", f"{kind}/tags"): add_tags for kind in ENTITIES},
}  # fmt: skip
