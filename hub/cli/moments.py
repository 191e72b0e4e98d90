"""Moments, days and spans as people write them, in the company's time zone."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import typer

from hub import i18n
from hub.i18n import _, ngettext

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(milliseconds: int, zone: ZoneInfo) -> datetime:
    """A moment, given in milliseconds since 1970, on the clock of a time zone."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone)


def day_of(milliseconds: int, zone: ZoneInfo, *, all_day: bool = False) -> date:
    """The day on which a moment falls; of an all-day event its own day, whatever the zone."""
    return local(milliseconds, ZoneInfo("UTC") if all_day else zone).date()


def day(value: date) -> str:
    """02.11.2026 in Russian, 2026-11-02 otherwise."""
    return value.strftime("%d.%m.%Y") if i18n.language() == "ru" else value.isoformat()


def clock(value: datetime) -> str:
    return value.strftime("%H:%M")


def moment(milliseconds: int, zone: ZoneInfo) -> str:
    """Day and time of a moment on the clock of a time zone."""
    at = local(milliseconds, zone)
    return f"{day(at.date())} {clock(at)}"


def iso(milliseconds: int | None, zone: ZoneInfo, *, all_day: bool = False) -> str | None:
    """A moment for machines: ISO 8601 with its offset; of an all-day event the date."""
    if milliseconds is None:
        return None
    if all_day:
        return day_of(milliseconds, zone, all_day=True).isoformat()
    return local(milliseconds, zone).isoformat(timespec="seconds")


def span(seconds: float) -> str:
    """How long something takes, in its largest unit: "5 minutes"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return ngettext("{n} second", "{n} seconds", whole).format(n=whole)
    if whole < 3600:
        return ngettext("{n} minute", "{n} minutes", whole // 60).format(n=whole // 60)
    if whole < 48 * 3600:
        return ngettext("{n} hour", "{n} hours", whole // 3600).format(n=whole // 3600)
    return ngettext("{n} day", "{n} days", whole // 86400).format(n=whole // 86400)


def ago(seconds: float) -> str:
    """How long ago something was: "5 minutes ago"."""
    return _("just now") if seconds < 5 else _ago(max(0, int(seconds)))


def _ago(whole: int) -> str:
    if whole < 60:
        return ngettext("{n} second ago", "{n} seconds ago", whole).format(n=whole)
    if whole < 3600:
        return ngettext("{n} minute ago", "{n} minutes ago", whole // 60).format(n=whole // 60)
    if whole < 48 * 3600:
        return ngettext("{n} hour ago", "{n} hours ago", whole // 3600).format(n=whole // 3600)
    return ngettext("{n} day ago", "{n} days ago", whole // 86400).format(n=whole // 86400)


def named_days(text: str, option: str, today: date) -> tuple[date, date]:
    """The first and the last day of what a person typed behind an option: a day (2026-11-02, 02.11.2026, 2.11.26,
    2 ноября 2026, today, вчера), a month (2026-11, 11.2026, ноябрь 2026) or a year. Raises `typer.BadParameter`.
    """
    said = " ".join(text.casefold().split())
    if said in _NEAR:
        return (today + _NEAR[said],) * 2
    numbers = _NAMED_MONTH.sub(_numbered, said)
    for form, last_of in _FORMS:
        try:
            first = datetime.strptime(numbers, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return first, last_of(first)
    message = _("{text} is no date; write 2026-11-02 or 02.11.2026").format(text=text or '""')
    raise typer.BadParameter(message, param_hint=option)


def _numbered(found: re.Match[str]) -> str:
    """Day, month by its name and year as numbers; what is no name of a month as it stands."""
    month = next((n for n, names in enumerate(_MONTHS, 1) if found["month"].startswith(names)), None)
    return f"{found['day'] or ''}{month}.{found['year']}".replace(" ", ".") if month else found[0]


def _same(first: date) -> date:
    return first


def _end_of_month(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def _end_of_year(first: date) -> date:
    return first.replace(month=12, day=31)


_NEAR: Final = {
    word: timedelta(days=n)
    for n, words in enumerate(("позавчера", "вчера yesterday", "сегодня today", "завтра tomorrow", "послезавтра"), -2)
    for word in words.split()
}
_FORMS: Final = (
    ("%Y-%m-%d", _same),
    ("%d.%m.%Y", _same),
    ("%d.%m.%y", _same),
    ("%Y-%m", _end_of_month),
    ("%m.%Y", _end_of_month),
    ("%Y", _end_of_year),
)
_MONTHS: Final = (
    ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("май", "мая", "may"), ("июн", "jun"),
    ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"), ("ноя", "nov"), ("дек", "dec"),
)  # fmt: skip
_NAMED_MONTH: Final = re.compile(r"^(?P<day>\d{1,2} )?(?P<month>[a-zа-я]{3,8})\.? (?P<year>\d{4})(?: ?г\.?| года?)?$")


def begins(value: date, zone: ZoneInfo) -> int:
    """The first moment of a day: the earlier of its midnights in the zone and, for all-day events, in UTC."""
    return min(_midnight(value, zone), _midnight(value, UTC))


def ends(value: date, zone: ZoneInfo) -> int:
    """The first moment behind a day: the later of the next midnights in the zone and in UTC."""
    following = value + timedelta(days=1)
    return max(_midnight(following, zone), _midnight(following, UTC))


def _midnight(value: date, zone: tzinfo) -> int:
    at = datetime.combine(value, time(), tzinfo=zone)
    return int((at - _EPOCH).total_seconds() * 1000)
