"""Mails without a Message-ID find the mail that they tell of, whichever is known first.

A copy belongs to the one family of mails with a name, within two minutes of its own moment, that holds a mail which it tells
of (`hub.core.duplicates.tells_of`). So whatever comes, goes or changes within those minutes is a reason to look again, and
where everything has come to, does not depend on the order.
"""

from collections.abc import Iterable, Sequence

from hub.core import duplicates, history, text
from hub.core.duplicates import TOLERANCE_S
from hub.store import copies, lines
from hub.store.copies import Copied
from hub.store.database import Tx
from hub.store.lines import Kept

_MINUTE_MS = 60_000
_AROUND = TOLERANCE_S // 60 + 1


def are_concerned(tx: Tx, put: Iterable[Kept]) -> bool:
    """Whether there is any copy at all."""
    return any(duplicates.is_copy(kept.member.statement) for kept in put) or copies.are_any(tx)


def families_of(tx: Tx, put: Iterable[Kept], families: Iterable[int]) -> set[int]:
    """Those of the families that are of copies."""
    fresh = {kept.family for kept in put if duplicates.is_copy(kept.member.statement)}
    return fresh | {one.family for one in copies.by(tx, "family", set(families) - fresh)}


def follow(tx: Tx, put: Sequence[Kept], own: set[int], others: set[int], moments: Iterable[int]) -> set[int]:
    """Find anew what copies tell of: those of the families `own`, and those that may tell of what changed in `others` or at
    these moments. Returns the families that are to be woven for it.
    """
    fresh = {kept.record_id: kept for kept in put if duplicates.is_copy(kept.member.statement)}
    before = {one.record_id: one for one in (*copies.by(tx, "family", own), *copies.by(tx, "record_id", fresh))}
    around = {minute + step for minute in map(_minute, moments) for step in range(-_AROUND, _AROUND + 1)}
    if before or around:
        found = (*copies.by(tx, "minute", around), *copies.by(tx, "host", others))
        before |= {one.record_id: one for one in found}
    stored = {kept.record_id: kept for kept in lines.of_records(tx, before.keys() - fresh.keys())}
    known = (kept for kept in (*fresh.values(), *stored.values()) if duplicates.is_copy(kept.member.statement))
    now = {kept.record_id: _placed(tx, kept) for kept in known}
    copies.drop(tx, before.keys() - now.keys())
    copies.put(tx, [one for number, one in now.items() if before.get(number) != one])
    pairs = [(before.get(number), now.get(number)) for number in before.keys() | now.keys()]
    moved = {one for was, is_now in pairs if was != is_now for one in (was, is_now) if one is not None}
    return own | {family for one in moved for family in (one.family, one.host) if family}


def _minute(at: int) -> int:
    return at // _MINUTE_MS


def _placed(tx: Tx, kept: Kept) -> Copied:
    at = history.milliseconds(kept.member.statement.at)
    return Copied(kept.record_id, kept.family, _minute(at), _host(tx, kept, at))


def _host(tx: Tx, kept: Kept, at: int) -> int:
    """The one family that a copy tells of; 0 where there is none, or more than one."""
    copy = kept.member.statement
    subject = text.fingerprint(history.title(copy))
    near = copies.mails(tx, at - TOLERANCE_S * 1000, at + TOLERANCE_S * 1000)
    alike = {family for family, title in near if text.fingerprint(title) == subject} - {kept.family}
    mails = lines.members(tx, alike) if alike else []
    found = {
        one.family
        for one in mails
        if not duplicates.is_copy(one.member.statement) and duplicates.tells_of(copy, one.member.statement)
    }
    return found.pop() if len(found) == 1 else 0


def hosted(tx: Tx, families: set[int], members: Iterable[Kept]) -> list[Kept]:
    """The members of these families: without copies that belong to another, and with those of others that belong here."""
    mine = {kept.record_id: kept for kept in members}
    where = {one.record_id: one.host for one in (*copies.by(tx, "family", families), *copies.by(tx, "host", families))}
    if not where:
        return list(mine.values())
    guests = {number for number, host in where.items() if host in families} - mine.keys()
    mine |= {kept.record_id: kept for kept in lines.of_records(tx, guests)}
    placed = (
        kept._replace(family=host, name="") if (host := where.get(number)) else kept for number, kept in mine.items()
    )
    return [kept for kept in placed if kept.family in families]
