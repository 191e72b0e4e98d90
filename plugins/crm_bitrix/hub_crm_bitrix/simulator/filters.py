"""Filters: what a key with its prefix asks of a value.

Prefixes: https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-list.html (and, for telephony, `><` and `?`:
https://apidocs.bitrix24.com/api-reference/telephony/voximplant/voximplant-statistic-get.html). Without a prefix a list of values means any
of them. Texts are compared without regard to case, as the portal's database does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.simulators import forms
from hub_crm_bitrix.simulator import moments

Kind = Literal["number", "text", "moment", "flag"]
Holds = Callable[[Any], bool]
_PREFIX = re.compile(r"^(!=%|!%=|!><|><|>=|<=|!=|!@|!%|=%|%=|>|<|!|@|%|=|\?)?(.*)$", re.DOTALL)
_TRUE = {"y", "1", "true"}
_BETWEEN: Mapping[str, Callable[[str], tuple[str | None, str | None]]] = {
    **dict.fromkeys((">", ">="), lambda bound: (bound, None)), **dict.fromkeys(("<", "<="), lambda bound: (None, bound))
}  # fmt: skip


class Invalid(ValueError):
    """The value cannot be of the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`name` is the row's key. `given` is the value as it was written, for caches. `among` are the numbers that alone hold, and
    `between` the moments between which those lie that do, both included; None where it is no such condition.
    """

    name: str
    operation: str
    given: str
    holds: Holds
    bound: Any = None
    among: frozenset[float] | None = None
    between: tuple[str | None, str | None] | None = None


def split(key: str) -> tuple[str, str]:
    """An operation and a field: `>=updatedTime` is `>=` and `updatedTime`; none is `=`."""
    found = _PREFIX.match(key.strip())
    assert found
    return found[1] or "=", found[2].strip()


def condition(name: str, operation: str, value: Any, kind: Kind) -> Condition:
    """Raises Invalid."""
    holds, bound = _test(operation, value, kind)
    is_among = kind == "number" and operation in ("=", "@")
    among = frozenset(_wanted(value, kind)) if is_among else None
    between = _BETWEEN[operation](bound) if kind == "moment" and operation in _BETWEEN else None
    return Condition(
        name=name, operation=operation, given=repr(value), holds=holds, bound=bound, among=among, between=between
    )


def _test(operation: str, value: Any, kind: Kind) -> tuple[Holds, Any]:
    match operation:
        case ">" | ">=" | "<" | "<=":
            return _compared(operation, read(_scalar(value), kind), kind)
        case "%" | "=%" | "%=" | "?":
            return _like(value, whole=operation not in "%?"), None
        case "!%" | "!=%" | "!%=":
            return _not(_like(value, whole=operation != "!%")), None
        case "><" | "!><":
            low, high = (read(one, kind) for one in (*forms.values(value), None, None)[:2])
            between = _any_of(lambda actual: low <= (actual or _zero(kind)) <= high, kind)
            return (between if operation == "><" else _not(between)), None
        case "!" | "!=" | "!@":
            return _not(_among(value, kind)), None
        case _:
            return _among(value, kind), read(_scalar(value), kind) if kind == "number" else None


def _scalar(value: Any) -> Any:
    return next(iter(forms.values(value)), None) if isinstance(value, list | Mapping) else value


def read(value: Any, kind: Kind) -> Any:
    """A value as rows of that kind hold it, to be compared with them; None and "" are nothing."""
    if kind == "flag":
        return _flag(value)
    if value is None or value == "" or value is False:
        return _zero(kind)
    match kind:
        case "number":
            return _read_number(forms.text(value))
        case "moment":
            moment = moments.read(forms.text(value))
            if moment is None:
                raise Invalid(value)
            return moment
        case _:
            return forms.text(value).lower()


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Invalid(text) from error


def _flag(value: Any) -> str:
    """Y and N, 1 and 0, true and false; nothing is no."""
    return "y" if forms.text(value).lower() in _TRUE else "n"


def _zero(kind: Kind) -> Any:
    return 0 if kind == "number" else ""


def _compared(operation: str, bound: Any, kind: Kind) -> tuple[Holds, Any]:
    tests: Mapping[str, Holds] = {
        ">": lambda actual: bool(actual > bound),
        ">=": lambda actual: bool(actual >= bound),
        "<": lambda actual: bool(actual < bound),
        "<=": lambda actual: bool(actual <= bound),
    }
    test = _any_of(tests[operation], kind)
    return (test if kind == "number" else lambda actual: actual not in (None, "") and test(actual)), bound


def _among(value: Any, kind: Kind) -> Holds:
    wanted = _wanted(value, kind)
    return _any_of(lambda actual: actual in wanted, kind)


def _wanted(value: Any, kind: Kind) -> set[Any]:
    return {read(one, kind) for one in forms.values(value)} or {_zero(kind)}


def _any_of(test: Holds, kind: Kind) -> Holds:
    """The test for a value, or for any of several."""

    def holds(actual: Any) -> bool:
        if isinstance(actual, list):
            return any(test(plain(one, kind)) for one in actual) if actual else test(_zero(kind))
        return test(plain(actual, kind))

    return holds


def plain(actual: Any, kind: Kind) -> Any:
    """A value of a row, to be compared."""
    if kind == "flag":
        return _flag(actual)
    if actual is None or actual == "":
        return _zero(kind)
    if kind == "number":
        return float(actual)
    return actual if kind == "moment" else forms.text(actual).lower()


def _like(value: Any, *, whole: bool) -> Holds:
    text = forms.text(_scalar(value)).lower()
    pattern = ".*".join(re.escape(part) for part in text.split("%")) if whole else f".*{re.escape(text)}.*"
    matches = re.compile(pattern, re.DOTALL).fullmatch
    return _any_of(lambda actual: matches(forms.text(actual).lower()) is not None, "text")


def _not(test: Holds) -> Holds:
    return lambda actual: not test(actual)
