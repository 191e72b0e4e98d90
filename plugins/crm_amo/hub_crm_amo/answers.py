"""What an account answers, and what its refusals ask of us. Pure.

Sources: https://developers.kommo.com/docs/limitations, /reference/kommo-api-errors; a ban is a page of the web server in
front, as HTML (https://github.com/amocrm/amocrm-api-php/issues/434).
"""

from datetime import datetime, timedelta
from typing import Final

import orjson

import hub
from hub_crm_amo.values import Row, row, rows, text

BAN: Final = timedelta(hours=1)
BREAK: Final = timedelta(minutes=1)
_AGAIN: Final = hub.sentence("the hub tries again by itself")
_LONGEST: Final = 300


class Declined(hub.Refused):
    """The account says no to this question, and not to us."""

    def __init__(self, who: str, path: str, words: str) -> None:
        said = hub.sentence("{who} refuses {path}: {words}")
        fix = hub.sentence("see which rights the administrator has who made the token or installed the integration")
        super().__init__(said.format(who=who, path=path, words=words[:_LONGEST]), fix=fix)


class Expired(Exception):
    """The token has to be renewed."""


class TooOften(Exception):
    """Too many calls at this moment, ours or those of others at the same address."""


class Missing(Exception):
    """There is nothing by this path (404): what is not there, but no empty list, which is a 204."""


class TooMuch(Exception):
    """The question took too long (504): it has to be a smaller one."""


def read(who: str, path: str, status: int, body: bytes, now: datetime) -> Row | None:
    """The answer; None for an empty list, and often for what is not there. Raises one of `hub.errors`, or what is above."""
    if status == 204:
        return None
    match status:
        case 404:
            raise Missing(_words(_json(body) or {}))
        case 401:
            raise Expired
        case 429:
            raise TooOften
        case 504:
            raise TooMuch
        case 402:
            unpaid = hub.sentence("the account {who} is not paid for, or its tariff does not have this")
            raise hub.Unreachable(
                unpaid.format(who=who), fix=hub.sentence("pay for it; then the hub goes on by itself")
            )
    said = _json(body)
    if said is None and status == 403:
        raise waiting(who, now + BAN)
    if said is None or status >= 500:
        raise no_data(who, status)
    if status >= 400:
        raise Declined(who, path, _words(said))
    return said


def _json(body: bytes) -> Row | None:
    try:
        said = orjson.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _words(said: Row) -> str:
    """What is wrong, in the account's words."""
    found = [text(said.get("detail")) or text(said.get("title"))]
    for one in rows(said.get("validation-errors")):
        found += [f"{text(error.get('path'))}: {text(error.get('detail'))}" for error in rows(one.get("errors"))]
    return "; ".join(filter(None, found)) or "?"


def no_data(who: str, status: int) -> hub.Unreachable:
    said = hub.sentence("{who} answers with something else than data (status {status})")
    fix = hub.sentence(
        "the hub tries again by itself; if it stays so, open {who} in a browser: is it still the account?"
    )
    return hub.Unreachable(said.format(who=who, status=status), fix=fix.format(who=who))


def waiting(who: str, until: datetime) -> hub.AskedToWait:
    said = hub.sentence("{who} is asked too often from this address and has shut it out until {moment}")
    fix = hub.sentence("the hub tries again by itself; see what else calls amoCRM, or lower `calls_per_second`")
    return hub.AskedToWait(said.format(who=who, moment=until.strftime("%Y-%m-%d %H:%M UTC")), until=until, fix=fix)


def listed(who: str, said: Row | None, under: str) -> tuple[Row, ...]:
    """The objects of a page. Raises `hub.Unreachable` for what is none: an empty page would end a walk before its end."""
    if said is None:
        return ()
    found = row(said.get("_embedded")).get(under)
    if not isinstance(found, list) or len(rows(found)) != len(found):
        raise no_data(who, 200)
    return rows(found)


def has_more(said: Row | None) -> bool:
    return "next" in row(row(said).get("_links"))
