"""What a portal answers, and what its refusals ask of us. Pure.

Sources: https://apidocs.bitrix24.com/_includes/system-errors.html, limits.html, api-reference/how-to-call-rest-api/batch.html.
Codes may be empty or numbers, and come with a status of 200, too; then the description says what is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

import hub
from hub_crm_bitrix.values import Row, row, text

_TOO_OFTEN: Final = "QUERY_LIMIT_EXCEEDED"
_TOO_LONG: Final = "OPERATION_TIME_LIMIT"
_OVERLOAD: Final = "OVERLOAD_LIMIT"
_EXPIRED: Final = "expired_token"
_NOT_LET_IN: Final = frozenset(
    {
        "no_auth_found",
        "invalid_token",
        "invalid_credentials",
        "wrong_auth_type",
        "authorization_error",
        "user_access_error",
    }
)
_BREAK: Final = timedelta(minutes=10)
_LONG_BREAK: Final = timedelta(hours=1)


class Declined(hub.Refused):
    """The portal says no to this question, and not to us: `code` is its own word, "" where it has none."""

    def __init__(self, who: str, method: str, code: str, description: str) -> None:
        said = hub.sentence("{who} refuses {method}: {words}")
        words = ": ".join(filter(None, (code, description))) or "?"
        fix = hub.sentence("see which rights the webhook or the application has, and who made it")
        super().__init__(said.format(who=who, method=method, words=words[:300]), fix=fix)
        self.method, self.code, self.description = method, code, description

    @property
    def is_missing(self) -> bool:
        """Whether there is no such object (or we may not see it: the portal makes no difference)."""
        return self.code.upper() in ("NOT_FOUND", "ERROR_NOT_FOUND") or "not found" in self.description.lower()


class Busy(Exception):
    """Too many calls at this moment, ours or those of others at the same address."""


class Expired(Exception):
    """The token has to be renewed."""


class NotLetIn(Exception):
    """What we show is not good, or no longer; the portal's word for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a method answered: `total` where it counted; `seconds` it took, `spent` of its time within ten minutes, some
    of which it gets back at `reset` (0: not said). `at` is the portal's clock.
    """

    result: Any
    total: int | None = None
    seconds: float = 0
    spent: float = 0
    reset: float = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The answers of a batch by their keys, and the refusals of those commands that were not answered."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    refusals: Mapping[str, Declined] = field(default_factory=dict)


def read(who: str, method: str, status: int, body: bytes, now: datetime) -> Answer:
    """The answer of a method. Raises one of `hub.errors`, `Busy`, `Expired` or `NotLetIn`."""
    try:
        said = orjson.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not ("result" in said or "error" in said):
        raise _no_answer(who, status)
    if "error" in said or "result" not in said:
        raise _refusal(who, method, status, said, now)
    return _answer(said.get("result"), row(said.get("time")), said.get("total"))


def plain(body: bytes) -> Row:
    """A body as it is; nothing for what is no JSON."""
    try:
        return row(orjson.loads(body))
    except ValueError:
        return {}


def batched(who: str, result: Row, commands: Mapping[str, str], now: datetime) -> Batch:
    """What became of the commands (key -> method) of a batch. Raises `hub.AskedToWait` where a method has no time left."""
    results, errors, times, totals = (row(result.get(f"result{name}")) for name in ("", "_error", "_time", "_total"))
    listed = result.get("result")
    if isinstance(listed, list):  # PHP: keys that count up from nought
        results = dict(zip(commands, listed, strict=False))
    answers = {key: _answer(results[key], row(times.get(key)), totals.get(key)) for key in commands if key in results}
    refusals = {key: declined(who, method, row(errors[key])) for key, method in commands.items() if key in errors}
    for one in refusals.values():
        if one.code in (_TOO_LONG, _OVERLOAD, _TOO_OFTEN):
            raise waiting(who, one.method, now + _BREAK)
    return Batch(answers=answers, refusals=refusals)


def declined(who: str, method: str, said: Row) -> Declined:
    return Declined(who, method, text(said.get("error")), text(said.get("error_description")))


def _answer(result: Any, time: Row, total: object) -> Answer:
    return Answer(
        result=result,
        total=total if isinstance(total, int) else None,
        seconds=_number(time.get("duration")),
        spent=_number(time.get("operating")),
        reset=_number(time.get("operating_reset_at")),
        at=_clock(time),
    )


def _clock(time: Row) -> datetime | None:
    start = _number(time.get("start"))
    try:
        return datetime.fromtimestamp(start, UTC) if start > 1 else None
    except (OverflowError, ValueError, OSError):
        return None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


# --- refusals --------------------------------------------------------------------------------------------------------


def _refusal(who: str, method: str, status: int, said: Row, now: datetime) -> Exception:
    code, words = text(said.get("error")), text(said.get("error_description"))
    if code == _TOO_OFTEN:
        return Busy()
    if code in (_TOO_LONG, _OVERLOAD) or status == 429:
        return waiting(who, method, _reset(said, now) if code != _OVERLOAD else now + _LONG_BREAK)
    if code == _EXPIRED:
        return Expired()
    if code == "insufficient_scope":  # which is a 401 by the newer page of errors, a 403 by the older one
        return _no_right(who, method)
    if status == 401 or code.lower() in _NOT_LET_IN:
        return NotLetIn(code or words)
    if status >= 500:
        unavailable = hub.sentence("{who} is not available at the moment: {words}")
        return hub.Unreachable(unavailable.format(who=who, words=(words or code)[:200]), fix=_AGAIN)
    return declined(who, method, said)


_AGAIN: Final = hub.sentence("the hub tries again by itself")


def _reset(said: Row, now: datetime) -> datetime:
    """When the portal gives some of the time back: by its own word, if that is within reason."""
    at = _number(row(said.get("time")).get("operating_reset_at"))
    seconds = at - now.timestamp()
    return now + timedelta(seconds=seconds) if 0 < seconds <= _LONG_BREAK.total_seconds() else now + _BREAK


def waiting(who: str, method: str, until: datetime) -> hub.AskedToWait:
    said = hub.sentence("{who} has given {method} all the time that a method has; more of it comes at {moment}")
    moment = until.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return hub.AskedToWait(said.format(who=who, method=method, moment=moment), until=until, fix=_AGAIN)


def _no_right(who: str, method: str) -> hub.Misconfigured:
    said = hub.sentence("the webhook or application at {who} has not the right that {method} needs")
    fix = hub.sentence(
        "tick the right at the webhook or application in Bitrix24, or leave the stream out with `streams`"
    )
    return hub.Misconfigured(said.format(who=who, method=method), setting="streams", fix=fix)


def no_list(who: str, method: str) -> hub.Unreachable:
    """Something else than the objects of a page: taken for an empty one, it would end a walk before its end."""
    said = hub.sentence("{who} answers {method} with something else than a list of objects")
    return hub.Unreachable(said.format(who=who, method=method), fix=_AGAIN)


def _no_answer(who: str, status: int) -> hub.Unreachable:
    said = hub.sentence(
        "{who} answers with something else than data (status {status}): a page for people, or half an answer"
    )
    fix = hub.sentence("open the portal in a browser: it may be closed, moved, or behind a sign-in page of a proxy")
    return hub.Unreachable(said.format(who=who, status=status), fix=fix)
