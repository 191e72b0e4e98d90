"""`batch`: up to fifty methods in one request, one after another, later ones made of what earlier ones found.

https://apidocs.bitrix24.com/settings/how-to-call-rest-api/batch.html. Commands are `method?query`; `$result[key][field]` in a value stands for
what was found before. The answer is 200 whatever happens inside; what failed stands in `result_error`. `halt` stops at
the first failure, and what was written before stays written.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from hub.simulators import forms
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.refusals import Refusal

Perform = Callable[..., tuple[Answer, dict[str, Any]]]
"""`performing.perform`, which carries out a batch, too."""
LONGEST = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")
_PARTS = ("result", "result_error", "result_total", "result_next", "result_time")
_NOT_ALLOWED = Refusal(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
_TOO_LONG = Refusal(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")


def batch(call: Call, perform: Perform) -> Answer:
    """Carry out the commands by `perform`. Raises Refusal where there are too many and the portal refuses the whole."""
    commands = forms.mapping(call.get("cmd"))
    if len(commands) > LONGEST and not call.portal.refuses_each_command_too_many:
        raise _TOO_LONG
    halt = forms.text(call.get("halt")).lower() in ("1", "y", "true")
    found: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    wrote, rows = False, 0
    for at, (key, command) in enumerate(commands.items()):
        try:
            answer, time = _one(call, perform, forms.text(command), found["result"], is_too_many=at >= LONGEST)
        except Refusal as refusal:
            found["result_error"][key] = refusal.body
            if halt:
                break
            continue
        wrote, rows = wrote or answer.wrote, rows + answer.rows
        _keep(found, key, answer, time)
    return Answer(result={part: forms.array(found[part]) for part in _PARTS}, rows=rows, wrote=wrote)


def _one(
    call: Call, perform: Perform, command: str, results: Mapping[str, Any], *, is_too_many: bool
) -> tuple[Answer, dict[str, Any]]:
    if is_too_many:
        raise _TOO_LONG
    method, _, query = command.partition("?")
    if method.strip().lower() == "batch":
        raise _NOT_ALLOWED
    params = {key: _filled(value, results) for key, value in forms.parsed(query).items()}
    return perform(call.portal, method, params, call.caller, batched=True)


def _keep(found: dict[str, dict[str, Any]], key: str, answer: Answer, time: dict[str, Any]) -> None:
    found["result"][key] = answer.result
    found["result_time"][key] = time
    if answer.total is not None:
        found["result_total"][key] = answer.total
    if answer.next is not None:
        found["result_next"][key] = answer.next


def _filled(value: Any, results: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(one, results) for key, one in value.items()}
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _resolved(whole, results)
    return _REFERENCE.sub(lambda found: forms.text(_scalar(_resolved(found, results))), value)


def _scalar(value: Any) -> Any:
    return "" if isinstance(value, Mapping | list) else value


def _resolved(found: re.Match[str], results: Mapping[str, Any]) -> Any:
    """What the path leads to; "" where it leads nowhere."""
    at: Any = results
    for key in re.findall(r"\[([^\]]*)\]", found[1]):
        at = forms.mapping(_plain(at)).get(key)
        if at is None:
            return ""
    return _plain(at)


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value
