"""Statements become interactions, incrementally: a family (what may be the same) is always taken whole.

put and dropped statements -> their families, with what is stored of them -> divided, woven -> compared with what
stands there -> only what differs is written: interaction, origins, mentions, thread, places in histories, search
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.core import history, threads
from hub.core.decisions import Decisions
from hub.core.history import Lead
from hub.projection import copies, weaving
from hub.projection.weaving import Context, Line
from hub.store import lines, parties, search
from hub.store.database import Tx
from hub.store.derived_tables import Interaction as InteractionRow
from hub.store.derived_tables import Mention as MentionRow
from hub.store.derived_tables import Origin, Review, Thread
from hub.store.lines import Kept
from hub.store.tables import Stale

STALE_TOGETHER = 64
STALE_STEP = 1_000
"""How many old interactions one step places anew: it bounds how long a transaction is held."""

_ID = lines.COLUMNS.index("id")
_HASH = lines.COLUMNS.index("hash")
_THREAD = lines.COLUMNS.index("thread")
_FAMILY = lines.COLUMNS.index("family")
_REFS = lines.COLUMNS.index("refs")
_AT = lines.COLUMNS.index("at")
_KIND = lines.COLUMNS.index("kind")


def update(
    tx: Tx,
    put: Sequence[Kept],
    touched: Iterable[int],
    made: Mapping[int, Line],
    context: Context,
) -> set[int]:
    """Weave the families of put statements and the otherwise touched ones anew.

    `put` are statements whose record rows are already written; `touched` families that lost or changed a statement; `made`
    lines of `put` by their record, as `weaving.weave` takes them. Returns the identifiers that lost a mention.
    """
    families = {kept.family for kept in put} | set(touched)
    if not copies.are_concerned(tx, put):
        return _woven_anew(tx, put, families, made, context, has_copies=False)[0]
    own = copies.families_of(tx, put, families)
    others = families - own
    loose, moments = _woven_anew(tx, [kept for kept in put if kept.family in others], others, made, context)
    again = copies.follow(tx, put, own, others, moments)
    return loose | _woven_anew(tx, [kept for kept in put if kept.family in own], again, made, context)[0]


def _woven_anew(
    tx: Tx,
    put: Sequence[Kept],
    families: set[int],
    made: Mapping[int, Line],
    context: Context,
    *,
    has_copies: bool = True,
) -> tuple[set[int], set[int]]:
    """Weave whole families. Returns the identifiers that lost a mention, and when mails of these families were sent."""
    if not families:
        return set(), set()
    before = {row[_HASH]: row for row in lines.lines(tx, families)}
    known = {row[_FAMILY] for row in before.values()} | families - {kept.family for kept in put}
    mine = {kept.record_id: kept for kept in put}
    kept = [mine.pop(k.record_id, k) for k in lines.members(tx, known)] if known else []
    members = [*kept, *mine.values()]
    if has_copies:
        members = copies.hosted(tx, families, members)
    woven = weaving.weave(members, made, context)
    moments = {row[_AT] for row in (*before.values(), *(line.row for line in woven)) if row[_KIND] == "mail"}
    return _write(tx, woven, before, context), moments


# --- writing what differs --------------------------------------------------------------------------------------------


def _write(
    tx: Tx,
    woven: Sequence[Line],
    before: Mapping[int, tuple[Any, ...]],
    context: Context,
) -> set[int]:
    broken = _broken_threads(woven, before)
    _number(tx, woven, before)
    now = {line.row[_HASH] for line in woven}
    moved = [row[_ID] for number, row in before.items() if number not in now]
    moved += [before[line.row[_HASH]][_ID] for line in woven
              if line.row[_HASH] in before and before[line.row[_HASH]][_ID] != line.row[_ID]]  # fmt: skip
    loose = lines.drop(tx, moved)
    joined = _thread(tx, woven)
    fresh = [line for line in woven if line.row[_HASH] not in before]
    known = [line for line in woven if line.row[_HASH] in before]
    tx.put(InteractionRow, [line.row for line in woven])
    _hang(tx, fresh, context, fresh=True)
    loose |= _hang(tx, known, context, fresh=False)
    _review(tx, woven, before)
    mend_threads(tx, {joined.get(thread, thread) for thread in broken})
    return loose


def _number(tx: Tx, woven: Sequence[Line], before: Mapping[int, tuple[Any, ...]]) -> None:
    """Give every line its place in time: its old id if it did not move, else the next free one at its moment."""
    mine = {row[_ID] for row in before.values()}
    for line in woven:
        old = before.get(line.row[_HASH])
        if old is not None and _same_moment(old[_ID], line.row[_ID]):
            line.row[_ID] = old[_ID]
    new = [line for line in woven if line.row[_ID] not in mine]
    taken = lines.taken(tx, (line.row[_ID] for line in new)) if new else set()
    used = set(mine)
    for line in sorted(new, key=lambda each: each.key):
        while line.row[_ID] in used or line.row[_ID] in taken:
            line.row[_ID] += 1
            taken |= lines.taken(tx, [line.row[_ID]])
        used.add(line.row[_ID])


def _same_moment(a: int, b: int) -> bool:
    return a >> 19 == b >> 19


def _hang(tx: Tx, woven: Sequence[Line], context: Context, *, fresh: bool) -> set[int]:
    """Write what hangs on interactions whose rows are written. Returns the identifiers that lost a mention."""
    if not woven:
        return set()
    numbers = [line.row[_ID] for line in woven]
    people = [(line.row[_ID], one) for line in woven for one in line.people]
    parties.keep_identifiers(tx, {(one.number, one.kind, one.value, one.domain) for _, one in people})
    if not fresh:
        tx.drop(Origin, "interaction_id", numbers)
    tx.add(Origin, [(line.row[_ID], record, item) for line in woven for record, item in line.origins])
    mentions = sorted((one.number, number, one.role, one.wrote) for number, one in people)
    loose: set[int] = set()
    if not fresh:
        loose = _drop_missing(tx, numbers, mentions)
        search.drop(tx, numbers)
    tx.put(MentionRow, mentions)
    search.add(tx, [(line.row[_ID], line.tokens) for line in woven])
    sights = [(number, one.number, one.domain, one.role) for number, one in people if not one.ours]
    keys = {line.row[_ID]: line.key for line in woven}
    signs = {line.row[_ID]: line.signs for line in woven}
    place(tx, numbers, sights, keys, context.decisions, signs, fresh=fresh)
    return loose


def _drop_missing(tx: Tx, numbers: Sequence[int], mentions: Iterable[tuple[int, int, str, bool]]) -> set[int]:
    now = {(interaction, identifier) for identifier, interaction, _, _ in mentions}
    gone = [(i, identifier) for i, identifier, _, _ in lines.mentions(tx, numbers) if (i, identifier) not in now]
    tx.drop(MentionRow, "interaction_id", {interaction for interaction, _ in gone})
    return {identifier for _, identifier in gone}


def _review(tx: Tx, woven: Sequence[Line], before: Mapping[int, tuple[Any, ...]]) -> None:
    now = _several(line.family for line in woven)
    tx.put(Review, [("same_message_id", family, str(count)) for family, count in sorted(now.items())])
    tx.drop(Review, "family", _several(row[_FAMILY] for row in before.values()).keys() - now.keys())


def _several(families: Iterable[int]) -> dict[int, int]:
    """The families that are more than one line, with how many they are."""
    return {family: count for family, count in Counter(families).items() if count > 1}


# --- places in histories ---------------------------------------------------------------------------------------------


def place(
    tx: Tx,
    numbers: Sequence[int],
    sights: Iterable[tuple[int, int, int, str]],
    keys: Mapping[int, str],
    decisions: Decisions,
    signs: Mapping[int, str] | None = None,
    *,
    fresh: bool,
) -> None:
    """Say in whose histories these interactions stand. `signs` are those of their tokens, where these are at hand."""
    seen = list(sights)
    leads = parties.leads(tx, {identifier for _, identifier, _, _ in seen} | {d for _, _, d, _ in seen if d})
    grouped: dict[int, list[tuple[str, Sequence[Lead]]]] = {number: [] for number in numbers}
    for interaction, identifier, domain, role in seen:
        where = leads.get(identifier) or leads.get(domain)
        if where:
            grouped[interaction].append((role, where))
    client_of = _client_of(tx, keys.values(), decisions)
    rows = [
        (client, number, role, reason)
        for number, found in grouped.items()
        if found or decisions.attached
        for client, (role, reason) in history.place(keys[number], found, decisions, client_of).items()
    ]
    lines.replace_places(tx, numbers, rows, signs, fresh=fresh)


def _client_of(tx: Tx, keys: Iterable[str], decisions: Decisions) -> dict[str, int]:
    """The clients of the nodes that people attached these interactions to, or excluded them from."""
    if not decisions.attached and not decisions.excluded:
        return {}
    nodes = {n for key in keys for n in (*decisions.attached.get(key, ()), *decisions.excluded.get(key, ()))}
    return parties.clients_of(tx, nodes)


def redirect(tx: Tx, identifiers: Iterable[int]) -> None:
    """Note that these identifiers lead elsewhere now: their old interactions are to be placed anew."""
    tx.put(Stale, [(number, 0) for number in sorted(parties.mentioned(tx, identifiers))])


def settle(tx: Tx, context: Context) -> bool:
    """Place one step of stale interactions anew. Returns whether there may be more.

    Many identifiers with few interactions are taken together, one with many step by step.
    """
    together = lines.untouched(tx, STALE_TOGETHER)
    while len(together) > 1:
        numbers = lines.of_identifiers(tx, together, STALE_STEP + 1)
        if len(numbers) <= STALE_STEP:
            replace(tx, sorted(numbers), context)
            tx.drop(Stale, "identifier_id", together)
            return True
        together = together[: len(together) // 2]
    return _settle_one(tx, context)


def _settle_one(tx: Tx, context: Context) -> bool:
    found = lines.stale(tx)
    if found is None:
        return False
    identifier, after = found
    numbers = lines.behind(tx, identifier, after, STALE_STEP)
    if numbers:
        replace(tx, numbers, context)
    if len(numbers) < STALE_STEP:
        tx.drop(Stale, "identifier_id", [identifier])
    else:
        tx.put(Stale, [(identifier, numbers[-1])])
    return True


def replace(tx: Tx, numbers: Sequence[int], context: Context) -> None:
    """Place these interactions anew by what is known now."""
    keys = lines.keys(tx, numbers)
    place(tx, numbers, lines.sights(tx, numbers), keys, context.decisions, fresh=False)


# --- threads ---------------------------------------------------------------------------------------------------------


def _thread(tx: Tx, woven: Sequence[Line]) -> dict[int, int]:
    """Join the lines' mails to the threads there are. Returns the threads that are part of another now."""
    mails = [line.thread for line in woven if line.thread]
    if not mails:
        return {}
    known = lines.threads(tx, {number for mail in mails for number in mail})
    joined, moved = threads.join(mails, known)
    tx.put(Thread, [(node, thread) for node, thread in joined.items() if known.get(node) != thread])
    lines.move_threads(tx, moved)
    for line in woven:
        if line.thread:
            line.row[_THREAD] = joined[line.thread[0]]
    return moved


def _broken_threads(woven: Sequence[Line], before: Mapping[int, tuple[Any, ...]]) -> set[int]:
    """Threads that may fall apart: of lines that go, or that no longer refer to what they referred to."""
    now = {line.row[_HASH]: line.row[_REFS] for line in woven}
    return {row[_THREAD] for number, row in before.items() if row[_THREAD] and now.get(number) != row[_REFS]}


def mend_threads(tx: Tx, broken: set[int]) -> None:
    """Join the mails of these threads from nothing: what held them together may be gone."""
    if not broken:
        return
    mails = lines.thread_members(tx, broken)
    tx.drop(Thread, "thread", broken)
    joined, _ = threads.join([nodes for _, nodes in mails], {})
    tx.put(Thread, sorted(joined.items()))
    lines.set_threads(tx, [(number, joined[nodes[0]]) for number, nodes in mails])
