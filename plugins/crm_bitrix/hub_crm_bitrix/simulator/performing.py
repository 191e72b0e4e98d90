"""What is done with a call: limits, hooks, the method itself, the log, and the times that an answer bears."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from hub_crm_bitrix.simulator import moments, refusals
from hub_crm_bitrix.simulator.batch import batch
from hub_crm_bitrix.simulator.calls import Answer, Call, Caller
from hub_crm_bitrix.simulator.effects import Effect
from hub_crm_bitrix.simulator.methods import METHODS
from hub_crm_bitrix.simulator.portal import Portal
from hub_crm_bitrix.simulator.refusals import Refusal


def answer(portal: Portal, method: str, params: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """The body of an answer of 200. Raises Refusal."""
    with portal.lock:
        try:
            if portal.limits:
                portal.limits.knock(caller.address, portal.clock.now())
        except Refusal as refusal:
            portal.turned_away(method, refusal, caller.user)
            raise
        found, time = perform(portal, method, params, caller)
    body: dict[str, Any] = {"result": found.result}
    if found.next is not None:
        body["next"] = found.next
    if found.total is not None:
        body["total"] = found.total
    return body | {"time": time}


def perform(
    portal: Portal, method: str, params: Mapping[str, Any], caller: Caller, *, batched: bool = False
) -> tuple[Answer, dict[str, Any]]:
    """Carry out a method. Raises Refusal; the log has it in any case."""
    name = method.strip().lower().removesuffix(".json")
    call = Call(portal=portal, method=name, params={key.lower(): one for key, one in params.items()}, caller=caller)
    effect = partial(
        Effect, at=portal.clock.now(), method=name, params=call.params, user=caller.user,
        application=caller.application, batched=batched,
    )  # fmt: skip
    try:
        found = _performed(call)
    except Refusal as refusal:
        portal.log.append(effect(status=refusal.status, error=refusal.error))
        raise
    portal.log.append(effect(wrote=found.wrote, rows=found.rows))
    return found, _time(call, found)


def _performed(call: Call) -> Answer:
    if call.method == "batch":
        return batch(call, perform)
    method = call.portal.methods.get(call.method) or METHODS.get(call.method)
    if method is None:
        raise refusals.no_method()
    if call.portal.limits:
        call.portal.limits.enter(call.method, call.portal.clock.now())
    for hook in call.portal.before:
        hook(call)
    found = method(call)
    for hook in call.portal.after:
        hook(call)
    return found


def _time(call: Call, found: Answer) -> dict[str, Any]:
    """https://apidocs.bitrix24.com/api-reference/data-types.html#time; a batch has no operating time of its own."""
    limits, now = call.portal.limits, call.portal.clock.now()
    took = limits.cost(call.method, found.rows) if limits else 0.0
    moment = moments.written(now)
    time: dict[str, Any] = {
        "start": now, "finish": now + took, "duration": took, "processing": took,
        "date_start": moment, "date_finish": moment,
    }  # fmt: skip
    if call.method != "batch":
        spent, reset = limits.spend(call.method, found.rows, now) if limits else (0.0, now + 600)
        time |= {"operating_reset_at": int(reset), "operating": spent}
    return time
