"""What a pull does when something has come: pages are stored, what was excluded is fetched again, a new policy is followed.

It brings mapping, the derived tables and all that follows from a record; a pull without news does not wait for it.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from shlex import quote
from typing import Any

from hub.connectors import Page
from hub.core import pages
from hub.core.clients import Ours
from hub.core.pages import Counts
from hub.engine import page, replay
from hub.engine.feed import Asked, Brought
from hub.engine.mapping import Place, Prepared
from hub.engine.runs import Pulling, hold
from hub.engine.steps import TURN, Steps
from hub.errors import Inconsistent
from hub.i18n import sentence
from hub.log import Log
from hub.projection.beforehand import Beforehand
from hub.store import items, pulls
from hub.store import refetch as asked
from hub.store.database import Tx
from hub.store.tables import UNOPENED

REFETCH_STEP = 200

_log = Log(logging.getLogger("hub.engine"), {"action": "pull"})


def judge(one: Pulling) -> None:
    """The policy has changed: what is stored is judged by it, and what is not is asked for again."""
    replay.judge(one.hub, one.connection, one.number)
    states = ("excluded",) if one.connection.policy.store == "headers" else ("excluded", "headers")
    with one.hub.store.write() as tx:
        hold(one, tx)
        asked.excluded(tx, one.number, states)
        pulls.set_stream(tx, one.number, policy=repr(one.connection.policy))


# --- pages -------------------------------------------------------------------------------------------------------------


def choose(one: Pulling, brought: Page) -> Asked:
    """What we want of a page: what is not known, or stands there as it cannot be now."""
    place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, brought.epoch)
    numbers = {raw.external_id: place.item(raw.external_id) for raw in brought.raws}
    with one.hub.store.read() as tx:
        known = items.known(tx, numbers.values())
        maker = one.hub.maker(tx, one.connection)
    version = one.connector.mapping
    stored = {
        raw.external_id: raw.revision if row.state == "forgotten" else row.revision
        for raw in brought.raws
        if (row := known.get(numbers[raw.external_id])) is not None
        and (row.state == "forgotten" or _stands(row, version))
    }
    return Asked(brought, pages.plan(brought.listed, brought.raws, stored), place, maker, _ours(one))


def _ours(one: Pulling) -> Ours | None:
    """Who we are, where what records say by themselves is worth making out before they are here: most of them are stored as they
    are, and no plugin has to be asked, which answers here.
    """
    terms = one.terms
    if terms is None or terms.policy.store == "headers" or not _are_stored(one) or not terms.context.is_plain:
        return None
    return terms.context.ours


def _are_stored(one: Pulling) -> bool:
    return one.counts.excluded <= one.counts.stored


def _stands(row: Any, version: int) -> bool:
    """Whether what we know of an item can still be so, if its revision is the same."""
    return bool(row.mapping == version and not row.removed and not _is_unopened(row))


def _is_unopened(row: Any) -> bool:
    return bool(row.state == "quarantined" and row.digest == UNOPENED)


def store(one: Pulling, together: Sequence[Brought]) -> None:
    """Store pages of one place that follow each other and name no item twice, in one transaction, which is committed while
    the next pages are taken in: `one.settle` says that it was.
    """
    hub, place, last = one.hub, together[0].asked.place, together[-1].asked.page
    known = sum(brought.asked.plan.known for brought in together)
    missing = sum(brought.asked.plan.missing for brought in together)
    prepared = [each for brought in together for each in brought.prepared]
    made = _beforehand(one, place, prepared)
    one.settle()
    with hub.store.write_behind(one.commit, hub.held.page) as tx:
        hold(one, tx)
        one.terms = hub.terms(tx, one.connection)
        done = page.commit(tx, place, prepared, one.terms, made)
        total = one.counts + Counts(listed=known + missing, unchanged=known) + done.counts
        one.before = one.before or pulls.read_so_far(tx, one.number)
        _readable(one, tx, one.before + total, done.unreadable)
        if not total.adds_up:
            text = sentence("the counts of the source do not add up: it listed {n} more than it brought")
            raise Inconsistent(text.format(n=missing), fix=sentence("tell the plugin's author"))
        _advance(one, tx, last, total, listed=any(brought.asked.page.listed for brought in together))
    one.sure, one.counts, one.appeared = one.counts, total, done.clients
    if vanished := sum(brought.vanished for brought in together):
        _log.info("vanished while reading", extra={"connection": one.connection.name, "count": vanished})


def _beforehand(one: Pulling, place: Place, prepared: Sequence[Prepared]) -> Beforehand | None:
    """What can be made out of these while the pages before them are committed, on the terms that those were stored on."""
    if one.terms is None:
        return None
    return page.beforehand(place, prepared, one.terms, stored=_are_stored(one))


def _readable(one: Pulling, tx: Tx, counts: Counts, reasons: Sequence[str]) -> None:
    """Refuse the page when too much of what was read so far is unreadable: then the source or the plugin is broken,
    not the items, and the cursor stays; also at the next run, which goes on from here and counts on.
    """
    if not reasons or not counts.too_many_unreadable:
        return
    row = pulls.stream(tx, one.number)
    if row is not None and row.accepted:
        return
    why = Counter(reasons).most_common(1)[0][0]
    n, of = counts.quarantined, counts.stored + counts.quarantined
    text = sentence("{n} of {of} items could not be read, most of them because: {why}")
    fix = sentence("mend the source or the plugin; if they really are unreadable, run `{command}` and sync again")
    command = f"hub quarantine accept {quote(one.connection.name)} {quote(one.stream.name)}"
    raise Inconsistent(text.format(n=n, of=of, why=why), fix=fix.format(command=command))


def _advance(one: Pulling, tx: Tx, brought: Page, counts: Counts, *, listed: bool) -> None:
    row = pulls.stream(tx, one.number)
    assert row is not None
    if (row.cursor, row.epoch) != (brought.cursor, brought.epoch):
        told = {"told": None} if listed else {}  # what it said before is out of date, even if we die now
        pulls.set_stream(tx, one.number, cursor=brought.cursor, epoch=brought.epoch, **told)
    one.epoch = brought.epoch
    pulls.report(tx, one.run, counts)


# --- what was excluded, and is wanted now ------------------------------------------------------------------------------


def refetch(one: Pulling) -> Steps[bool]:
    """Fetch excluded items again in which a client has turned up, and what could not be opened so far. The source is
    asked item by item. Returns whether it cannot give one, so that all of them have to be listed again.
    """
    if one.feed.fetches:
        with one.hub.store.write() as tx:
            asked.unopened(tx, one.number)
    lists_again = False
    while not one.stopping():
        with one.hub.store.read() as tx:
            wanted = asked.wanted(tx, one.number, REFETCH_STEP)
        if not wanted:
            break
        if one.feed.fetches:
            yield from _refetch_step(one, wanted)
        else:
            one.row = None
            _ask_again(one, [item for item, _, _ in wanted])
            lists_again = True
        yield TURN
    return lists_again


def _ask_again(one: Pulling, wanted: Sequence[int]) -> None:
    """A source that cannot fetch one item lists them all again."""
    with one.hub.store.write() as tx:
        for item in wanted:
            items.set_item(tx, item, revision="")
        asked.drop(tx, wanted)
        pulls.reset(tx, one.number)


def _refetch_step(one: Pulling, wanted: Sequence[tuple[int, str, str]]) -> Steps[None]:
    prepared: dict[tuple[str, bool], list[Prepared]] = {}
    with one.hub.store.read() as tx:
        maker = one.hub.maker(tx, one.connection)
    for item, epoch, external_id in wanted:
        place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, epoch)
        with one.hub.store.read() as tx:
            known = items.known(tx, [item])[item]
        fetched = yield from one.feed.fetch(place, maker, external_id, known.revision)
        unopened = _is_unopened(known)
        if fetched is not None and not (fetched.digest == UNOPENED and unopened):
            prepared.setdefault((epoch, unopened), []).append(fetched)
    with one.hub.store.write() as tx:
        hold(one, tx)
        asked.drop(tx, [item for item, _, _ in wanted])
        for (epoch, unopened), batch in prepared.items():
            place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, epoch)
            done = page.commit(tx, place, batch, one.hub.terms(tx, one.connection, again=True))
            one.counts = one.counts.opened(done.counts) if unopened else one.counts.again(done.counts)
        pulls.report(tx, one.run, one.counts)
