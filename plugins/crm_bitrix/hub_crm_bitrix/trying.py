"""Questions that show whether a portal is as we take it to be. They only read; None where nothing there shows it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from hub_crm_bitrix.answers import Answer, Declined
from hub_crm_bitrix.client import Portal
from hub_crm_bitrix.files import file_id
from hub_crm_bitrix.kinds import COMPANY, DEAL
from hub_crm_bitrix.questions import BATCH, PAGE, Command
from hub_crm_bitrix.values import Row, identity, moment, row, rows, text

Try = Callable[[Portal], bool | None]
_WITHIN: Final = 660
"""Seconds: ten minutes, and what clocks differ by."""
_TWO_DIGITS: Final = re.compile(r"\d+\.\d\d")
_LONG: Final = 70


def _items(portal: Portal, kind: int = DEAL, **params: Any) -> Sequence[Row]:
    return rows(row(portal.call(Command("crm.item.list", {"entityTypeId": kind, **params})).result).get("items"))


def _listed(portal: Portal, method: str, **params: Any) -> Sequence[Row]:
    return rows(portal.call(Command(method, params)).result)


def _count(portal: Portal, **wanted: Any) -> int:
    asked = {"entityTypeId": DEAL, "filter": wanted, "select": ["id"]}
    return portal.call(Command("crm.item.list", asked)).total or 0


def _id(one: Row) -> int:
    return identity(one.get("id") or one.get("ID"))


def _firsts(found: Sequence[Row]) -> int:
    return _id(found[0]) if found else 0


# --- pages and order -------------------------------------------------------------------------------------------------


def old_start(portal: Portal) -> bool | None:
    page = [
        _listed(portal, "crm.deal.list", order={"ID": "ASC"}, select=["ID"], start=start) for start in (PAGE, _LONG)
    ]
    return _firsts(page[0]) == _firsts(page[1]) if page[1] else None


def item_start(portal: Portal) -> bool | None:
    page = [_items(portal, order={"id": "ASC"}, select=["id"], start=start) for start in (PAGE, _LONG)]
    return _id(page[0][_LONG - PAGE]) == _firsts(page[1]) if page[1] else None


def uncounted(portal: Portal) -> bool | None:
    _status, said = portal.plainly(Command("crm.item.list", {"entityTypeId": DEAL, "start": -1, "select": ["id"]}))
    there = rows(row(said.get("result")).get("items"))
    return (said.get("total"), "next" in said) == (0, False) if len(there) == PAGE else None


def no_order(portal: Portal) -> bool | None:
    first, again = ([_id(one) for one in _items(portal, select=["id"])] for _ in range(2))
    return first != again or first != sorted(first) if len(first) > 1 else None


def ties(portal: Portal) -> bool | None:
    found = _items(portal, order={"updatedTime": "ASC"}, select=["id", "updatedTime"])
    tied = [(a, b) for a, b in pairwise(found) if a.get("updatedTime") == b.get("updatedTime")]
    return all(_id(a) < _id(b) for a, b in tied) if tied else None


def nothing_first(portal: Portal) -> bool | None:
    ends = [_items(portal, order={"closedate": way}, select=["id", "closedate"]) for way in ("ASC", "DESC")]
    if not all(ends):
        return None
    first, last = (bool(found[0].get("closedate")) for found in ends)
    return None if first is last else last


# --- filters ---------------------------------------------------------------------------------------------------------


def capitals(portal: Portal) -> bool | None:
    try:
        found = _items(portal, order={"ID": "ASC"}, filter={">ID": 0}, select=["id"])
    except Declined:
        return False
    return [_id(one) for one in found] == sorted(map(_id, found)) if len(found) > 1 else None


def unknown_filter(portal: Portal) -> bool | None:
    asked = [Command("crm.deal.list", {"filter": wanted, "select": ["ID"]}) for wanted in ({}, {"NONSENSE": 1})]
    try:
        every, some = (portal.call(one).total or 0 for one in asked)
    except Declined:
        return False
    return every == some if every else None


def no_moment(portal: Portal) -> bool | None:
    asked: tuple[Mapping[str, str], ...] = ({}, {">DATE_CREATE": "nonsense"})
    try:
        every, some = (
            portal.call(Command("crm.deal.list", {"filter": one, "select": ["ID"]})).total or 0 for one in asked
        )
    except Declined:
        return False
    return some == 0 if every else None


def naive(portal: Portal) -> bool | None:
    found = _items(portal, order={"updatedTime": "DESC"}, select=["id", "updatedTime"])
    at = text(found[0].get("updatedTime")) if found else ""
    if moment(at) is None:
        return None
    bare = datetime.fromisoformat(at).replace(tzinfo=None).isoformat()
    return _count(portal, **{"id": _id(found[0]), ">=updatedTime": bare, "<=updatedTime": bare}) == 1


def empty_value(portal: Portal) -> bool | None:
    nothing = _count(portal, companyId=0)
    return _count(portal, companyId="") == nothing if nothing else None


def no_range(portal: Portal) -> bool | None:
    every, without = _count(portal), _count(portal, closedate="")
    return _count(portal, **{"<closedate": "2999-01-01T00:00:00+00:00"}) == every - without if without else None


def case(portal: Portal) -> bool | None:
    found = next((one for one in _items(portal, COMPANY, select=["title"]) if text(one.get("title"))), None)
    if found is None:
        return None
    title = text(found.get("title"))
    asked = [
        Command("crm.company.list", {"filter": {"%TITLE": one}, "select": ["ID"]})
        for one in (title.lower(), title.upper())
    ]
    small, large = (portal.call(one).total or 0 for one in asked)
    return small == large > 0


def unresolved(portal: Portal) -> bool | None:
    least = _items(portal, order={"id": "ASC"}, select=["id"], start=-1)
    wanted = {"entityTypeId": DEAL, "filter": {">id": "$result[none][0][id]"}, "order": {"id": "ASC"}, "start": -1}
    [answer] = portal.many([Command("crm.item.list", wanted)])
    if not isinstance(answer, Answer):
        return False
    return _firsts(rows(row(answer.result).get("items"))) == _firsts(least) if least else None


# --- rows ------------------------------------------------------------------------------------------------------------


def id_always(portal: Portal) -> bool | None:
    found = _items(portal, select=["title"])
    return all(_id(one) for one in found) if found else None


def date_shift(portal: Portal) -> bool | None:
    days = [day for one in _items(portal, select=["id", "begindate"]) if (day := text(one.get("begindate")))]
    return all("T03:00:00" in day for day in days) if days else None


def absent_link(portal: Portal) -> bool | None:
    alone = next(iter(_items(portal, filter={"companyId": 0}, select=["id", "companyId"])), None)
    if alone is None:
        return None
    [old] = _listed(portal, "crm.deal.list", filter={"ID": _id(alone)}, select=["ID", "COMPANY_ID"])[:1] or [{}]
    return alone.get("companyId") == 0 and old.get("COMPANY_ID") is None


def amounts(portal: Portal) -> bool | None:
    found = [one for one in _items(portal, select=["id", "opportunity"]) if one.get("opportunity")]
    if not found:
        return None
    [old] = _listed(portal, "crm.deal.list", filter={"ID": _id(found[0])}, select=["ID", "OPPORTUNITY"])[:1] or [{}]
    numbers = all(isinstance(one.get("opportunity"), int | float) for one in found)
    return numbers and _TWO_DIGITS.fullmatch(text(old.get("OPPORTUNITY"))) is not None


def _activities(portal: Portal, **wanted: Any) -> Sequence[Row]:
    asked = {"filter": wanted, "order": {"ID": "DESC"}, "select": ["*", "FILES"], "start": -1}
    return rows(portal.call(Command("crm.activity.list", asked)).result)


def mail_meta(portal: Portal) -> bool | None:
    came = _activities(portal, TYPE_ID=4, DIRECTION=1)
    return all("from" in row(row(one.get("SETTINGS")).get("EMAIL_META")) for one in came) if came else None


def mail_headers(portal: Portal) -> bool | None:
    told = [row(row(one.get("SETTINGS")).get("MESSAGE_HEADERS")) for one in _activities(portal, TYPE_ID=4)]
    names = [{name.lower(): text(value) for name, value in one.items()} for one in told if one]
    return all("@" in one.get("message-id", "") for one in names) if names else None


def open_line(portal: Portal) -> bool | None:
    chats = _activities(portal, PROVIDER_ID="IMOPENLINES_SESSION")
    if not chats:
        return None
    session = {"SESSION_ID": identity(chats[0].get("ASSOCIATED_ENTITY_ID"))}
    said = row(portal.call(Command("imopenlines.session.history.get", session)).result)
    return bool(rows(said.get("message")))


def task(portal: Portal) -> bool | None:
    found = _activities(portal, PROVIDER_ID="TASKS")
    return all(identity(one.get("ASSOCIATED_ENTITY_ID")) for one in found) if found else None


def meeting(portal: Portal) -> bool | None:
    found = [number for one in _activities(portal, TYPE_ID=1) if (number := identity(one.get("CALENDAR_EVENT_ID")))]
    if not found:
        return None
    said = row(portal.call(Command("calendar.event.getbyid", {"id": found[0]})).result)
    return bool(text(said.get("DAV_XML_ID")))


def own_flags(portal: Portal) -> bool | None:
    flags = _listed(portal, "crm.deal.userfield.list", filter={"USER_TYPE_ID": "boolean"})
    code = next((text(one.get("FIELD_NAME")) for one in flags if text(one.get("USER_TYPE_ID")) == "boolean"), "")
    found = _items(portal, select=["id", code], useOriginalUfNames="Y") if code else ()
    if not found:
        return None
    old = _listed(portal, "crm.deal.list", filter={"@ID": [_id(one) for one in found]}, select=["ID", code])
    return {one.get(code) for one in found} <= {"Y", "N"} and {one.get(code) for one in old} <= {"1", "0"}


# --- files and comments ----------------------------------------------------------------------------------------------


def _on_drive(portal: Portal, number: int) -> bool:
    try:
        return identity(row(portal.call(Command("disk.file.get", {"id": number})).result).get("ID")) == number
    except Declined:
        return False


def _files(portal: Portal, **wanted: Any) -> Mapping[int, Row]:
    """Activities with files, by the first of these."""
    found = ((rows(one.get("FILES")), one) for one in _activities(portal, **wanted))
    return {_id(files[0]): one for files, one in found if files}


def activity_file(portal: Portal) -> bool | None:
    found = _files(portal)
    return _on_drive(portal, next(iter(found))) if found else None


def recording(portal: Portal) -> bool | None:
    asked = {"FILTER": {}, "SORT": "ID", "ORDER": "DESC"}
    told = {
        identity(one.get("CRM_ACTIVITY_ID")): number
        for one in rows(portal.call(Command("voximplant.statistic.get", asked)).result)
        if (number := identity(one.get("RECORD_FILE_ID"))) and identity(one.get("CRM_ACTIVITY_ID"))
    }
    found = _files(portal, **{"@ID": list(told)}) if told else {}
    return all(told.get(_id(one)) == number for number, one in found.items()) if found else None


def _comments(portal: Portal) -> Sequence[tuple[Row, Sequence[Row]]]:
    """Deals that somebody has touched lately, with their comments."""
    deals = _items(portal, order={"lastActivityTime": "DESC"}, select=["id", "lastActivityTime"], start=-1)
    asked = [Command("crm.timeline.comment.list", {"filter": {"ENTITY_ID": _id(one), "ENTITY_TYPE": "deal"},
                                                   "select": ["ID", "CREATED", "FILES"]}) for one in deals]  # fmt: skip
    got = portal.many(asked)
    return [(deal, rows(one.result)) for deal, one in zip(deals, got, strict=True) if isinstance(one, Answer)]


def comment_touches(portal: Portal) -> bool | None:
    pairs = [
        (said, touched)
        for deal, comments in _comments(portal)
        for one in comments
        if (said := moment(one.get("CREATED"))) and (touched := moment(deal.get("lastActivityTime")))
    ]
    return all(said.utc <= touched.utc for said, touched in pairs) if pairs else None


def comment_file(portal: Portal) -> bool | None:
    files = [file for _deal, comments in _comments(portal) for one in comments for file in rows(one.get("FILES"))]
    return _on_drive(portal, file_id(files[0])) if files else None


def webhook_files(portal: Portal) -> bool | None:
    found = _files(portal)
    if not found or portal.settings.webhook is None:
        return None
    return all(text(rows(one.get("FILES"))[0].get("url")).endswith("auth=") for one in found.values())


# --- limits and refusals ---------------------------------------------------------------------------------------------


def operating_reset(portal: Portal) -> bool | None:
    answer = portal.call(Command("profile"))
    return 0 <= answer.reset - portal.now.timestamp() <= _WITHIN if answer.reset else None


def _batch(portal: Portal, *lines: str) -> tuple[int, Row]:
    return portal.plainly(Command("batch", {"halt": 0, "cmd": {f"c{number}": one for number, one in enumerate(lines)}}))


def batch_operating(portal: Portal) -> bool | None:
    return "operating" not in row(_batch(portal, "server.time")[1].get("time"))


def batch_too_long(portal: Portal) -> bool | None:
    status, said = _batch(portal, *["server.time"] * (BATCH + 1))
    return status == 400 and "error" in said


def status_of_refusals(portal: Portal) -> bool | None:
    for method in ("disk.file.get", "sonet_group.get", "log.blogpost.get"):
        status, said = portal.plainly(Command(method))
        if text(said.get("error")) == "insufficient_scope":
            return status == 401
    return None


def empty_code(portal: Portal) -> bool | None:
    status, said = portal.plainly(Command("crm.deal.get", {"id": 0}))
    return (status, said.get("error")) == (400, "")


def wrong_auth_type(portal: Portal) -> bool | None:
    if portal.settings.webhook is None:
        return None
    status, said = portal.plainly(Command("event.get"))
    return (status, said.get("error")) == (403, "WRONG_AUTH_TYPE")


def comment_filter(portal: Portal) -> bool | None:
    status, said = portal.plainly(Command("crm.timeline.comment.list"))
    return (status, said.get("error")) == (400, "")


def batch_error(portal: Portal) -> bool | None:
    _status, said = _batch(portal, "crm.deal.get?id=0")
    result = row(said.get("result"))
    return "c0" in row(result.get("result_error")) and "c0" not in row(result.get("result_time"))


def language(portal: Portal) -> bool | None:
    _status, said = portal.plainly(Command("no.such.method"))
    return text(said.get("error_description")).isascii()
