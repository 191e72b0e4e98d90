"""When a connection is pulled next. Pure: moments come in, spans in seconds go out.

well                      every `every`, a tenth sooner or later, so that a thousand do not come together
AskedToWait               when the other system said
Unreachable, a defect     30 s, 1 min, 2 min … an hour, each by chance between half and all of it
AuthFailed, Misconfigured a person first: not again before the configuration or a secret is another
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.engine.runs import Report
from hub.errors import AskedToWait, AuthFailed, HubError, Misconfigured

FIRST_S: Final = 30.0
LONGEST_S: Final = 3_600.0
PATIENCE_S: Final = 86_400.0
"""Longer than this no other system makes us wait."""
_JITTER: Final = 0.1


def failure(reports: Sequence[Report], *, whole: bool = True) -> HubError | None:
    """What keeps a connection from being pulled; None as long as some of its streams can be, and it is not asked to wait.
    Where not the `whole` of it was pulled, the streams that were prove nothing of the others.
    """
    errors = [one.error for one in reports if one.state == "failed" and one.error is not None]
    asked = [error for error in errors if isinstance(error, AskedToWait)]
    if asked:
        return max(asked, key=lambda error: error.until)
    shut = [one.error for one in reports if not one.stream and one.error is not None and not _is_aside(one)]
    if shut:
        return shut[0]
    return errors[0] if whole and errors and len(errors) == len(reports) else None


def _is_aside(report: Report) -> bool:
    return report.state != "failed"


def waits(error: HubError | None, failures: int, every: float, now: datetime, luck: float) -> float | None:
    """Seconds until the next pull after one that ended like this, the `failures`-th in a row; None: until a person has
    done something. `luck` is of [0, 1).
    """
    match error:
        case None:
            return every * (1 - _JITTER + 2 * _JITTER * luck)
        case AuthFailed() | Misconfigured():
            return None
        case AskedToWait():
            asked = (error.until - now).total_seconds()
            return min(max(asked, 1.0), PATIENCE_S) + every * _JITTER * luck
        case _:
            most = min(FIRST_S * 2.0 ** min(failures - 1, 20), max(LONGEST_S, every))
            return most * (1 + luck) / 2


def longest(error: str, every: float) -> float:
    """So far ahead a connection can be due that failed with this error: a clock that jumped may have said otherwise."""
    return PATIENCE_S + every if error == "AskedToWait" else max(LONGEST_S, every) * (1 + _JITTER)
