"""Lists of everything else: one table each, in the shape of its rows.

The page of each method says what may be filtered and ordered by, and how the list is wrapped; `LISTS` is that in one
place. Where rows hold more than `select` gives without being told (communications, files), `_HIDDEN` names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import files, lists
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import LEAD
from hub_crm_bitrix.simulator.filters import Kind, split
from hub_crm_bitrix.simulator.lists import Page, Wanted
from hub_crm_bitrix.simulator.refusals import Refusal, old
from hub_crm_bitrix.simulator.requisites import NO_BANK

_HIDDEN = {"COMMUNICATIONS", "FILES", "BINDINGS"}
_ACTIVITY: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "OWNER_ID", "OWNER_TYPE_ID", "TYPE_ID", "STATUS", "RESPONSIBLE_ID", "AUTHOR_ID"), "number"),
    **dict.fromkeys(("EDITOR_ID", "DIRECTION", "PRIORITY", "ASSOCIATED_ENTITY_ID", "DESCRIPTION_TYPE"), "number"),
    **dict.fromkeys(("CREATED", "LAST_UPDATED", "START_TIME", "END_TIME", "DEADLINE"), "moment"),
    **dict.fromkeys(("PROVIDER_ID", "PROVIDER_TYPE_ID", "SUBJECT", "COMPLETED", "ORIGINATOR_ID", "ORIGIN_ID"), "text"),
    "DESCRIPTION": "text", "LOCATION": "text", "PROVIDER_GROUP_ID": "text",
}  # fmt: skip
_COMMENT: Mapping[str, Kind] = {
    "ID": "number", "ENTITY_ID": "number", "ENTITY_TYPE": "text", "CREATED": "moment", "AUTHOR_ID": "number",
}  # fmt: skip
_REQUISITE: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "ENTITY_TYPE_ID", "ENTITY_ID", "PRESET_ID", "CREATED_BY_ID", "SORT"), "number"),
    **dict.fromkeys(("DATE_CREATE", "DATE_MODIFY"), "moment"),
    **dict.fromkeys(("NAME", "CODE", "XML_ID", "ACTIVE", "ADDRESS_ONLY", "ORIGINATOR_ID"), "text"),
    **dict.fromkeys(("RQ_INN", "RQ_KPP", "RQ_OGRN", "RQ_OGRNIP", "RQ_NAME", "RQ_COMPANY_NAME", "RQ_DIRECTOR"), "text"),
}  # fmt: skip
_BANK: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "ENTITY_ID", "COUNTRY_ID", "CREATED_BY_ID", "MODIFY_BY_ID", "SORT"), "number"),
    **dict.fromkeys(("DATE_CREATE", "DATE_MODIFY"), "moment"),
    **dict.fromkeys(("NAME", "ACTIVE", *NO_BANK), "text"),
}  # fmt: skip
_PRESET: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "ENTITY_TYPE_ID", "COUNTRY_ID", "CREATED_BY_ID", "MODIFY_BY_ID", "SORT"), "number"),
    **dict.fromkeys(("DATE_CREATE", "DATE_MODIFY"), "moment"), **dict.fromkeys(("NAME", "XML_ID", "ACTIVE"), "text"),
}  # fmt: skip
_ADDRESS: Mapping[str, Kind] = {
    **dict.fromkeys(("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID", "LOC_ADDR_ID", "ANCHOR_TYPE_ID", "ANCHOR_ID"), "number"),
    **dict.fromkeys(("ADDRESS_1", "ADDRESS_2", "CITY", "POSTAL_CODE", "REGION", "PROVINCE", "COUNTRY", "COUNTRY_CODE"), "text"),
}  # fmt: skip
_STATUS: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "SORT", "CATEGORY_ID"), "number"),
    **dict.fromkeys(("ENTITY_ID", "STATUS_ID", "NAME", "NAME_INIT", "SYSTEM", "SEMANTICS"), "text"),
}  # fmt: skip
_MOVE: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "TYPE_ID", "OWNER_ID", "CATEGORY_ID"), "number"), "CREATED_TIME": "moment",
    "STAGE_SEMANTIC_ID": "text", "STAGE_ID": "text",
}  # fmt: skip
_LEAD_MOVE: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "TYPE_ID", "OWNER_ID"), "number"), "CREATED_TIME": "moment",
    "STATUS_SEMANTIC_ID": "text", "STATUS_ID": "text",
}  # fmt: skip
_STATISTIC: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "PORTAL_USER_ID", "CALL_TYPE", "CALL_DURATION", "CALL_VOTE", "COST", "REST_APP_ID"), "number"),
    **dict.fromkeys(("CRM_ENTITY_ID", "CRM_ACTIVITY_ID", "SESSION_ID", "TRANSCRIPT_ID"), "number"),
    "CALL_START_DATE": "moment",
    **dict.fromkeys(("CALL_ID", "EXTERNAL_CALL_ID", "CALL_CATEGORY", "PORTAL_NUMBER", "PHONE_NUMBER"), "text"),
    **dict.fromkeys(("CALL_FAILED_CODE", "CRM_ENTITY_TYPE", "COMMENT", "TRANSCRIPT_PENDING"), "text"),
}  # fmt: skip
_USER: Mapping[str, Kind] = {
    "ID": "number", "ACTIVE": "flag", "UF_DEPARTMENT": "number", "DATE_REGISTER": "moment", "LAST_LOGIN": "moment",
    **dict.fromkeys(("NAME", "LAST_NAME", "SECOND_NAME", "EMAIL", "USER_TYPE", "XML_ID", "UF_PHONE_INNER"), "text"),
    **dict.fromkeys(("PERSONAL_MOBILE", "WORK_PHONE", "WORK_POSITION", "PERSONAL_CITY", "IS_ONLINE"), "text"),
}  # fmt: skip
_TYPE: Mapping[str, Kind] = {"id": "number", "entityTypeId": "number", "title": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """`wrapped` is the key of the rows in the result, "" where they are the result. `usual` is selected where nothing else is."""

    table: str
    kinds: Mapping[str, Kind]
    scope: str = "crm"
    wrapped: str = ""
    strict: bool = False
    by_default: tuple[tuple[str, bool], ...] = ()
    usual: tuple[str, ...] = ()


LISTS = {
    "crm.activity.list": Listed(table="activities", kinds=_ACTIVITY, by_default=(("START_TIME", False),)),
    "crm.requisite.list": Listed(table="requisites", kinds=_REQUISITE),
    "crm.requisite.bankdetail.list": Listed(table="bankdetails", kinds=_BANK),
    "crm.requisite.preset.list": Listed(table="presets", kinds=_PRESET),
    "crm.address.list": Listed(table="addresses", kinds=_ADDRESS),
    "crm.status.list": Listed(table="statuses", kinds=_STATUS),
    "crm.type.list": Listed(table="types", kinds=_TYPE, wrapped="types"),
}


def rows_of(listed: Listed, call: Call) -> Answer:
    call.need(listed.scope)
    return answered(listed, call, call.map("filter"), call.map("order"))


def answered(listed: Listed, call: Call, filter_: Any, order: Any) -> Answer:
    wanted = Wanted(
        filter=filter_, order=order, start=call.number("start"), columns=lists.of(listed.kinds), strict=listed.strict,
        exact=listed.strict, by_default=listed.by_default,
    )  # fmt: skip
    page = call.portal.find(listed.table, wanted)
    return _wrapped(listed, call, page)


def _wrapped(listed: Listed, call: Call, page: Page) -> Answer:
    select = call.names("select") or listed.usual
    table, draw = call.portal.tables[listed.table], partial(selected, select=select)
    if "FILES" in select:  # whose addresses depend on who asks
        rows: list[Any] = [_with_files(listed, call, selected(table.row(number), select)) for number in page.ids]
    else:
        rows = [table.drawn(number, select, draw) for number in page.ids]
    result = {listed.wrapped: rows} if listed.wrapped else rows
    return Answer(result=result, total=page.total, next=page.next, rows=len(rows))


def _with_files(listed: Listed, call: Call, row: Row) -> Row:
    if listed.table == "comments":
        return row | {"FILES": files.of_comment(call.portal, int(row["ID"])) if row.get("FILES") else {}}
    return files.shown(call, row)


def selected(row: Row, select: tuple[str, ...]) -> Row:
    if not select or "*" in select:
        hidden = _HIDDEN.difference(select)
        return {key: value for key, value in row.items() if key not in hidden}
    wanted = {*select, "ID", "id"}
    return {key: value for key, value in row.items() if key in wanted}


def list_activities(call: Call) -> Answer:
    """By bindings, too: an activity that holds to two of the pairs asked for comes twice."""
    call.need("crm")
    listed, filter_ = LISTS["crm.activity.list"], call.map("filter")
    pairs = [forms.mapping(one) for one in forms.values(filter_.pop("BINDINGS", None))]
    if not pairs:
        return answered(listed, call, filter_, call.map("order"))
    table = call.portal.tables[listed.table]
    columns, order = lists.of(listed.kinds), lists.ordered(call.map("order"), lists.of(listed.kinds), strict=False)
    group = lists.grouped(filter_, columns, strict=False)
    found = [
        number for number in table.ids if group.holds(partial(table.value, number))
        for pair in pairs if _is_bound(table.value(number, "BINDINGS"), pair)
    ]  # fmt: skip
    found = lists.sorted_by(table, found, order)
    return _wrapped(listed, call, lists.cut(found, call.number("start"), exact=False))


def _is_bound(bindings: list[tuple[int, int]], pair: Mapping[str, Any]) -> bool:
    kind, at = forms.number(pair.get("OWNER_TYPE_ID")), forms.number(pair.get("OWNER_ID"))
    return any(kind in (0, one) and at in (0, other) for one, other in bindings)


def get_activity(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=files.shown(call, selected(existing_activity(call, "id"), ("*", "COMMUNICATIONS", "FILES"))))


def existing_activity(call: Call, name: str) -> Row:
    row = call.portal.tables["activities"].get(call.number(name))
    if row is None:
        raise old("Not found")
    return row


def list_bindings(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/binding/crm-activity-binding-list.html"""
    call.need("crm")
    row = call.portal.tables["activities"].get(call.number("activityid"))
    if row is None:
        raise Refusal(400, "NOT_FOUND", "Element not found")
    result = [{"entityTypeId": kind, "entityId": at} for kind, at in row["BINDINGS"]]
    return Answer(result=result, rows=len(result))


def list_comments(call: Call) -> Answer:
    """Of one object, which must be named."""
    call.need("crm")
    filter_ = call.map("filter")
    named = {split(key)[1] for key in filter_}
    for name in ("ENTITY_ID", "ENTITY_TYPE"):
        if name not in named:
            raise Refusal(400, "", f"Filter field {name} is required")
    order = {key: value for key, value in call.map("order").items() if key in ("ID", "CREATED", "AUTHOR_ID")}
    return answered(Listed(table="comments", kinds=_COMMENT, usual=("*", "FILES")), call, filter_, order)


def list_moves(call: Call) -> Answer:
    call.need("crm")
    kind = call.number("entitytypeid")
    if f"moves:{kind}" not in call.portal.tables:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {kind} is not supported")
    kinds = _LEAD_MOVE if kind == LEAD else _MOVE
    listed = Listed(table=f"moves:{kind}", kinds=kinds, wrapped="items", strict=True)
    return answered(listed, call, call.get("filter"), call.get("order"))


def list_calls(call: Call) -> Answer:
    call.need("telephony")
    order = {call.text("sort"): call.text("order") or "ASC"} if call.text("sort") else {}
    return answered(Listed(table="statistics", kinds=_STATISTIC, scope="telephony"), call, call.map("filter"), order)


def list_users(call: Call) -> Answer:
    """Fields may stand in `FILTER` or beside it."""
    call.need("user")
    beside = {key.upper(): value for key, value in call.params.items() if split(key.upper())[1] in _USER}
    order = {call.text("sort").upper(): call.text("order") or "ASC"} if call.text("sort") else {"ID": "ASC"}
    listed = Listed(table="users", kinds=_USER, scope="user")
    return answered(listed, call, beside | call.map("filter"), order)


METHODS: dict[str, Callable[[Call], Answer]] = {
    **{name: partial(rows_of, listed) for name, listed in LISTS.items()},
    "crm.activity.list": list_activities, "crm.activity.get": get_activity, "crm.activity.binding.list": list_bindings,
    "crm.timeline.comment.list": list_comments, "crm.stagehistory.list": list_moves,
    "voximplant.statistic.get": list_calls, "user.get": list_users,
}  # fmt: skip
