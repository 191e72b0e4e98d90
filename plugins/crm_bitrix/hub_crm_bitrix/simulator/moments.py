"""Moments as the portal writes and reads them.

Answers: `YYYY-MM-DDThh:mm:ss+03:00`, always in the portal's zone (https://apidocs.bitrix24.com/api-reference/data-types.html), so that
moments are ordered as their texts are. Filters and fields take ISO 8601 with any offset, a date alone (its midnight in
the portal's zone), and the date of a Russian site, `DD.MM.YYYY hh:mm:ss`.
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

ZONE = timezone(timedelta(hours=3))
_SITE = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y")


@lru_cache(maxsize=10_000)
def _day(number: int) -> str:
    return (datetime.fromtimestamp(0, UTC) + timedelta(days=number)).date().isoformat()


def written(seconds: float) -> str:
    """A moment of the clock as a `datetime` of an answer."""
    day, rest = divmod(int(seconds) + 10_800, 86_400)
    hour, rest = divmod(rest, 3600)
    return f"{_day(day)}T{hour:02}:{rest // 60:02}:{rest % 60:02}+03:00"


def midnight(seconds: float) -> str:
    """A moment as a `date` of an answer: the day, with the time that the portal's shift of zones makes of midnight."""
    return f"{_day((int(seconds) + 10_800) // 86_400)}T03:00:00+03:00"


def read(text: str) -> str | None:
    """What a caller wrote, as the portal would write it; None for what is no moment."""
    moment = _parsed(text.strip())
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    try:
        return aware.astimezone(ZONE).replace(microsecond=0).isoformat()
    except OverflowError:
        return None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _SITE:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            continue
    return None
