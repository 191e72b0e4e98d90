"""Methods about the portal and the caller themselves."""

from collections.abc import Mapping

from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.refusals import Refusal


def profile(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/users/profile.html"""
    row = call.portal.tables["users"].row(call.caller.user)
    return Answer(result={
        "ID": row["ID"], "ADMIN": call.portal.is_admin(call.caller.user), "NAME": row["NAME"],
        "LAST_NAME": row["LAST_NAME"], "PERSONAL_GENDER": "", "TIME_ZONE": "", "TIME_ZONE_OFFSET": 0,
    })  # fmt: skip


def current_user(call: Call) -> Answer:
    call.need("user")
    return Answer(result=call.portal.tables["users"].row(call.caller.user))


def scope(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/system/scope.html; `full` lists all there are."""
    found = call.portal.all_scopes if call.number("full") else call.caller.scopes
    return Answer(result=sorted(found))


def server_time(call: Call) -> Answer:
    return Answer(result=moments.written(call.portal.clock.now()))


def app_info(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/system/app-info.html: not for webhooks."""
    if not call.caller.application:
        raise Refusal(400, "ACCESS_DENIED", "Access denied! Application context required")
    return Answer(result={
        "ID": 1, "CODE": call.caller.application, "VERSION": 1, "STATUS": "L", "INSTALLED": True,
        "PAYMENT_EXPIRED": "N", "DAYS": None, "LANGUAGE_ID": "ru", "LICENSE": "ru_pro100", "LICENSE_TYPE": "pro100",
        "LICENSE_FAMILY": "pro",
    })  # fmt: skip


def is_admin(call: Call) -> Answer:
    return Answer(result=call.portal.is_admin(call.caller.user))


def method_get(known: Mapping[str, object], call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/system/method-get.html"""
    is_there = call.text("name").lower() in {**known, **call.portal.methods}
    return Answer(result={"isExisting": is_there, "isAvailable": is_there})


def methods(known: Mapping[str, object], call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/common/system/methods.html"""
    return Answer(result=sorted({**known, **call.portal.methods}))


def crm_mode(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/auxiliary/enum/crm-enum-settings-mode.html: 1 with leads, 2 without."""
    call.need("crm")
    return Answer(result=1)


METHODS = {
    "profile": profile, "user.current": current_user, "user.admin": is_admin, "scope": scope,
    "server.time": server_time, "app.info": app_info,
    "crm.settings.mode.get": crm_mode,
}  # fmt: skip
