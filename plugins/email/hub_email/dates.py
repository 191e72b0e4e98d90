"""Moments in headers: RFC 5322 dates with their usual mistakes, and ISO 8601. What is absurd is no date."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

import hub

_PLAIN = re.compile(
    r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})(?: \([A-Z]+\))?", re.ASCII
)
_RFC = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?,?[\s-]+(\d{2,4}),?\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?"
    r"(?:\s*([+-]\d{1,2}:?\d{2}\b)|\s+\(?([A-Za-z]{1,5})\b)?"
)
_ASCTIME = re.compile(
    r"[A-Za-z]{3},?\s+([A-Za-z]{3})\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:([A-Z]{3,4})\s+)?(\d{4})"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_ZONES = {
    "msk": "+0300", "msd": "+0400", "cet": "+0100", "cest": "+0200", "eet": "+0200", "eest": "+0300",
    "est": "-0500", "edt": "-0400", "cst": "-0600", "cdt": "-0500", "mst": "-0700", "mdt": "-0600",
    "pst": "-0800", "pdt": "-0700",
}  # fmt: skip
_LENGTH = 200
_FIRST, _LAST = 1990, 2100

EPOCH = hub.Moment(datetime(1970, 1, 1, tzinfo=UTC))


def parse(value: str) -> hub.Moment | None:
    """The moment a header names, None for what is no date or lies outside 1990..2100."""
    value = value[:_LENGTH].strip()
    match = _PLAIN.fullmatch(value)
    if match:
        day, month, year, hour, minute, second, offset = match.groups()
        return _moment(int(year), _MONTHS.get(month.lower(), 0), day, hour, minute, second, offset)
    match = _RFC.match(value)
    if match:
        day, month, year, hour, minute, second, offset, zone = match.groups()
        offset = offset or _ZONES.get((zone or "").lower(), "+0000")
        return _moment(_year(year), _MONTHS.get(month.lower(), 0), day, hour, minute, second or "0", offset)
    match = _ASCTIME.match(value)
    if match:
        month, day, hour, minute, second, zone, year = match.groups()
        offset = _ZONES.get((zone or "").lower(), "+0000")
        return _moment(int(year), _MONTHS.get(month.lower(), 0), day, hour, minute, second, offset)
    match = _ISO.match(value)
    if match:
        year, month, day, hour, minute, second, offset = match.groups()
        return _moment(int(year), int(month), day, hour, minute, second or "0", offset or "+0000")
    return None


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 3 else year + (2000 if year < 50 else 1900)


def _moment(year: int, month: int, day: str, hour: str, minute: str, second: str, offset: str) -> hub.Moment | None:
    zone, name = _zone(offset)
    try:
        value = datetime(year, month, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
    except ValueError:
        return None
    if not _FIRST <= year < _LAST:
        return None
    return hub.Moment(value.astimezone(UTC), name)


@lru_cache(256)
def _zone(offset: str) -> tuple[timezone, str]:
    """A zone and its name; offsets nobody lives at are UTC."""
    if offset == "Z":
        return UTC, "UTC"
    digits = offset[1:].replace(":", "").zfill(4)
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes == 0 or minutes > 14 * 60 or int(digits[2:]) >= 60:
        return UTC, "UTC"
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(minutes=minutes)), f"{offset[0]}{digits[:2]}:{digits[2:]}"
