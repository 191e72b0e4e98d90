"""A source that renumbers gives everything new names (a new epoch, as IMAP's UIDVALIDITY): what was known by old names?

    the same bytes under a new name     one thing: what its old name said is withdrawn, its row stays
    other bytes that tell the same      another origin of the same interaction: the old one is marked
    neither                             gone, if a complete listing says so: marked, as everything that is gone

It is asked when a pull has come to its end, so that all that there is has its new name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hub.engine.hub import Hub
from hub.engine.withdraw import STEP, withdraw
from hub.store import elsewhere, items, refetch
from hub.store.tables import STORED


@dataclass(frozen=True, slots=True)
class Left:
    """Items with old names that have no new one. Of the `count` that were stored, `gone` are told of by nothing new."""

    items: tuple[int, ...]
    gone: int
    count: int


def unite(hub: Hub, stream: int, epoch: str) -> Left:
    """Withdraw what is there by a new name with the same bytes. Returns what is left."""
    with hub.store.read() as tx:
        old = items.of_other_epochs(tx, stream, epoch)
        if not old:
            return Left((), 0, 0)
        amended = items.amended(tx, [number for number, _, _ in old])
        take = _taker(items.digests(tx, stream, epoch))
        same = [number for number, digest, _ in old if number not in amended and take(digest)]
    for numbers in _steps(same):
        with hub.store.write() as tx:
            change = withdraw(tx, numbers, hub.context(tx))
            items.renumber(tx, numbers)
        hub.tell(change.outcome.clients)
    known = set(same)
    left = [(number, state) for number, _, state in old if number not in known]
    stored = [number for number, state in left if state in STORED]
    with hub.store.read() as tx:
        told = elsewhere.told_again(tx, stored, stream, epoch)
    count = sum(state in STORED for _, _, state in old)
    return Left(tuple(number for number, _ in left), len(set(stored) - told), count)


def mark(hub: Hub, left: Left) -> None:
    """What is left is no longer at the source, and cannot be asked for."""
    with hub.store.write() as tx:
        items.mark_removed(tx, left.items, removed=True)
        refetch.give_up(tx, left.items)


def _taker(known: Iterator[tuple[int, int]]) -> Callable[[int], bool]:
    """Whether bytes of this digest are there, once for every time that they are."""
    there: dict[int, int] = {}
    for _number, digest in known:
        there[digest] = there.get(digest, 0) + 1

    def take(digest: int) -> bool:
        left = there.get(digest, 0)
        there[digest] = left - 1
        return left > 0

    return take


def _steps(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), STEP):
        yield numbers[start : start + STEP]
