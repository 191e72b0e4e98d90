"""`event.*`: for applications only, with an access token."""

import secrets
from typing import Any

from hub.simulators import forms
from hub_crm_bitrix.simulator import filters, lists, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.events import Bound, Queued
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.refusals import Refusal

EVENTS = frozenset(
    f"ONCRM{name}{what}"
    for name in (
        "LEAD",
        "DEAL",
        "CONTACT",
        "COMPANY",
        "QUOTE",
        "ACTIVITY",
        "REQUISITE",
        "BANKDETAIL",
        "DYNAMICITEM",
        "TIMELINECOMMENT",
    )
    for what in ("ADD", "UPDATE", "DELETE")
) | {"ONOFFLINEEVENT", "ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE"}
_KINDS: dict[str, Kind] = {
    "ID": "number",
    "TIMESTAMP_X": "moment",
    "EVENT_NAME": "text",
    "MESSAGE_ID": "text",
    "ERROR": "number",
}


def _application(call: Call) -> str:
    if not call.caller.application:
        raise Refusal(403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method")
    return call.caller.application


def bind(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-bind.html"""
    application, event = _application(call), call.text("event").upper()
    offline = call.text("event_type").lower() == "offline"
    if event not in EVENTS:
        raise Refusal(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
    user = call.number("auth_type")
    if not call.portal.is_admin(call.caller.user) and (offline or user not in (0, call.caller.user)):
        raise Refusal(403, "ACCESS_DENIED", "Access denied!")
    if not offline and not call.text("handler"):
        raise Refusal(400, "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")
    events = call.portal.events
    events.bound.append(Bound(
        id=events.next_id(), event=event, application=application, url=call.text("handler"), user=user,
        offline=offline, connector=call.text("auth_connector"),
    ))  # fmt: skip
    return Answer(result=True, wrote=True)


def unbind(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-unbind.html"""
    application, event = _application(call), call.text("event").upper()
    offline, events = call.text("event_type").lower() == "offline", call.portal.events
    gone = [
        one for one in events.bound
        if (one.application, one.event, one.offline) == (application, event, offline)
        and (offline or one.url == call.text("handler"))
    ]  # fmt: skip
    events.bound = [one for one in events.bound if one not in gone]
    return Answer(result={"count": len(gone)}, wrote=bool(gone))


def bound(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-get.html"""
    application = _application(call)
    mine = [one for one in call.portal.events.bound if one.application == application]
    return Answer(result=[
        {"event": one.event, "handler": one.url, "auth_type": str(one.user), "offline": int(one.offline)} for one in mine
    ])  # fmt: skip


def fetch(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-offline-get.html"""
    found = _chosen(call, failed=bool(call.number("error")), reserved=False)[: call.number("limit", 50)]
    events = call.portal.events
    if call.number("clear", 1):
        events.queued = [one for one in events.queued if one not in found]
        return Answer(result={"process_id": None, "events": [_told(one) for one in found]}, rows=len(found), wrote=True)
    process = call.text("process_id") or secrets.token_hex(16)
    for one in found:
        one.process = process
    return Answer(result={"process_id": process, "events": [_told(one) for one in found]}, rows=len(found), wrote=True)


def peek(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-offline-list.html: everything, reserved and failed as well."""
    found = _chosen(call, failed=None, reserved=None)
    start = call.number("start")
    page = found[start : start + lists.PAGE]
    after = start + lists.PAGE
    told = [
        _shown(one) for one in page
    ]  # fmt: skip
    return Answer(result=told, total=len(found), next=after if after < len(found) else None, rows=len(page))


def clear(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-offline-clear.html"""
    done = _reserved(call)
    call.portal.events.queued = [one for one in call.portal.events.queued if one not in done]
    return Answer(result=True, wrote=bool(done))


def fail(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/events/event-offline-error.html"""
    done = _reserved(call)
    for one in done:
        one.failed, one.process = True, ""
    return Answer(result=True, wrote=bool(done))


def _reserved(call: Call) -> list[Queued]:
    """Those of the process; of the ids, or else of the messages, where they are named."""
    application, process = _application(call), call.text("process_id")
    if not process:
        raise Refusal(400, "ERROR_ARGUMENT", "Argument 'PROCESS_ID' is null or empty")
    ids, messages = set(call.names("id")), set(call.names("message_id"))
    mine = [one for one in call.portal.events.queued if (one.application, one.process) == (application, process)]
    return [
        one for one in mine
        if (str(one.id) in ids if ids else not messages or _message(one) in messages)
    ]  # fmt: skip


def _chosen(call: Call, *, failed: bool | None, reserved: bool | None) -> list[Queued]:
    application, connector = _application(call), call.text("auth_connector")
    group = lists.grouped(call.get("filter"), lists.of(_KINDS), strict=False)
    order = lists.ordered(call.get("order"), lists.of(_KINDS), strict=False) or (("TIMESTAMP_X", False),)
    found = [
        one for one in call.portal.events.queued
        if one.application == application and one.connector == connector
        and failed in (None, one.failed) and reserved in (None, bool(one.process)) and group.holds(_shown(one).get)
    ]  # fmt: skip
    for name, falling in reversed(order):
        ranks = {one.id: filters.plain(_shown(one)[name], _KINDS[name]) for one in found}
        found.sort(key=lambda one, ranks=ranks: ranks[one.id], reverse=falling)  # type: ignore[misc]
    return found


def _message(one: Queued) -> str:
    return f"{one.event}:{'-'.join(forms.text(value) for value in one.fields.values())}"


def _shown(one: Queued) -> dict[str, Any]:
    return {**_told(one), "PROCESS_ID": one.process, "ERROR": str(int(one.failed))}


def _told(one: Queued) -> dict[str, Any]:
    return {
        "ID": str(one.id), "TIMESTAMP_X": moments.written(one.at), "EVENT_NAME": one.event,
        "EVENT_DATA": {"FIELDS": dict(one.fields)}, "EVENT_ADDITIONAL": False,
        "MESSAGE_ID": _message(one),
    }  # fmt: skip


def feature(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/system/feature-get.html"""
    code = call.text("code")
    if code in ("", "0"):
        raise Refusal(400, "CODE_EMPTY", "CODE can't be empty")
    known = code in ("rest_offline_extended", "rest_auth_connector")
    has = call.portal.has_offline_events or not known  # of a code that there is not it says that there is the feature
    return Answer(result={"value": "Y" if has else "N"})


METHODS = {
    "event.bind": bind, "event.unbind": unbind, "event.get": bound, "event.offline.get": fetch,
    "event.offline.list": peek, "event.offline.clear": clear, "event.offline.error": fail, "feature.get": feature,
}  # fmt: skip
