"""Trying again: the host's own business, and only for what changes nothing however often it is asked."""

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from hub.http.sockets import NoAnswer
from hub.limits import nap

ATTEMPTS = 3
LONGEST = 5.0
"""Seconds between two attempts, at most; each pause is drawn anew between nothing and twice the last bound."""

READS = frozenset(("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"))
"""Methods that are safe and idempotent (RFC 9110, 9.2; RFC 4918, 9.1; RFC 3253, 3.6)."""


def attempts(stopping: Callable[[], bool]) -> Retrying:
    """Calls a function again while it raises `NoAnswer`: up to `ATTEMPTS` times, and not when we are to stop."""

    def enough(state: RetryCallState) -> bool:
        return stopping() or stop_after_attempt(ATTEMPTS)(state)

    return Retrying(
        retry=retry_if_exception_type(NoAnswer),
        stop=enough,
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST),
        sleep=lambda seconds: nap(seconds, stopping),
        reraise=True,
    )
