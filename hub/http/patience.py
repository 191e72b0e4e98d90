"""Retry-After (RFC 9110, 10.2.3): when a server wants us back."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from hub.errors import AskedToWait
from hub.i18n import sentence
from hub.limits import LONGEST

UNSAID = timedelta(minutes=1)


def asked_to_wait(who: str, retry_after: str, now: datetime) -> AskedToWait:
    """The error for a server that answers 429, or 503 with a time."""
    until = moment_of(retry_after, now)
    text = sentence("{who} asks us to come back at {moment}")
    return AskedToWait(
        text.format(who=who, moment=until.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        until=until,
        fix=sentence("the hub tries again by itself; if this happens often, sync less often"),
    )


def moment_of(retry_after: str, now: datetime) -> datetime:
    """When the server wants us back, within a day from `now`."""
    return min(max(_moment(retry_after.strip(), now), now), now + LONGEST)


def _moment(retry_after: str, now: datetime) -> datetime:
    if retry_after.isascii() and retry_after.isdigit():
        return now + min(timedelta(seconds=int(retry_after[:9])), LONGEST)
    try:
        found = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError, TypeError):
        return now + UNSAID
    return found if found.tzinfo else found.replace(tzinfo=UTC)
