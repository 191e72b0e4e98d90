"""Finding in the search index, newest first, in bounded steps.

A step walks one list back in time, the one that gets furthest with so many looks, and checks the rest on the way:

    words     the index's own lists of the words that all must be there       client, people, kind are looked up
    client    the client's history                                            words are looked for in the tokens
    people    what these identifiers took part in                             the same
    all       every interaction, where a beginning is all there is to go by   the same

Beside it the index follows the lists of words that are not much longer: then what it brings is looked for in what is walked.
Where words are all that is asked for, and the index's lists lie in order, it follows them side by side without steps: a leap
costs so little that the longest list is walked in less than a search may take. What a step answers is complete down to
`Found.reached`, where the next goes on. A beginning is looked up as its continuations, which the index lists. Where they
are too many, or so common that it would take long to list them, tokens are looked through instead: then hits are near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from hub.core.tokens import Term
from hub.store.database import Tx
from hub.store.words import Index, Word, index_of, quoted

NEWEST: Final = (1 << 63) - 1
COMMON: Final = (4, 256)
"""A beginning is common when so many of so many newest interactions hold it."""
FIRST: Final = 256
LOOKS: Final = 300_000
"""A first step takes 256 looks; further ones as many as may be needed, together 300,000, which take about two seconds."""
_FASTER: Final = 4
"""What lies side by side is looked at so many times faster."""
_SAMPLE: Final = 32
_LONGER: Final = 16
"""A word's list is much longer than another one where it has 16 times as many entries beside the newest 32 of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an interaction must have: all terms, and what else is given. `since` and `before` bound its id, `people`
    are identifiers of which one takes part, `kinds` of which it is one.
    """

    terms: Sequence[Term]
    since: int = 0
    before: int = NEWEST
    client: int | None = None
    people: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """The newest hits, newest first: all there are from `reached` on; all there are where it is None."""

    ids: list[int]
    reached: int | None


def find(tx: Tx, asked: Asked, limit: int, *, looks: int = LOOKS, first: int = FIRST) -> Found:
    """The newest `limit` hits, or as many as so many looks find, so many of them in the first step."""
    is_near = asked.client is not None or bool(asked.people)
    words = _words(tx, asked.terms, is_near=is_near)
    found: list[int] = []
    before, effort = asked.before, first
    while looks > 0:
        if not words:
            return Found([], None)
        ids, reached = _step(tx, asked, words, before, limit + 1 - len(found), effort)
        found += ids
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1])
        if reached is None:
            return Found(found, None)
        if is_near:
            words, is_near = _words(tx, asked.terms), False
        before, looks = reached, looks - effort
        effort = min(_more(effort, len(ids), limit + 1 - len(found)), looks)
    return Found(found, before)


def _more(effort: int, hits: int, missing: int) -> int:
    """How many looks may bring what is missing, if hits lie as close as they did; never fewer, for a step has its price."""
    return max(effort, min(effort * missing * 5 // (hits * 4), effort * 8)) if hits else effort * 8


# --- words -----------------------------------------------------------------------------------------------------------


def _words(tx: Tx, terms: Sequence[Term], *, is_near: bool = False) -> tuple[Word, ...]:
    """Nothing when nothing can be found: there are no terms, or nothing goes on like a beginning. How one goes on is not
    asked where there are few documents to look into.
    """
    index = index_of(tx)
    found = [
        index.beginning(tx, term, common=is_near or _is_common(tx, term)) if term.prefix else index.whole(term.token)
        for term in terms
    ]
    words = tuple(word for word in found if word is not None)
    return words if len(words) == len(found) else ()


def _is_common(tx: Tx, term: Term) -> bool:
    index = index_of(tx)
    holding, newest = COMMON
    said = index.says("newest.content", index.prefix(term.token))
    lately = f"SELECT {index.content} AS content FROM {index.contents} ORDER BY id DESC LIMIT {newest}"  # noqa: S608 - names
    counted = tx.connection.exec_driver_sql(f"SELECT count(*) FROM ({lately}) AS newest WHERE {said}")  # noqa: S608 - quoted
    return int(counted.scalar_one()) >= holding


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """Ids to walk: column `ids` of the rows of `table` that `where` holds for. `way` is the index's own list of words,
    that of everything, or one of another table.
    """

    table: str
    ids: str
    where: str
    way: Literal["words", "all", "other"] = "other"

    def between(self, low: int, before: int, beside: str = "") -> str:
        """`beside` joins another table."""
        return (
            f"SELECT {self.ids} FROM {self.table}{beside} WHERE {self.where}"  # noqa: S608 - names and numbers
            f" AND {self.ids} >= {low} AND {self.ids} < {before}"
        )


_Words: TypeAlias = Sequence[Word]
_Walk: TypeAlias = tuple[_List, ...]
"""What is walked as one list: one, or one for each of the people."""


def _walks(index: Index, asked: Asked, words: _Words) -> Iterator[_Walk]:
    """What could be walked."""
    if asked.client is not None:
        yield (_List("history", "interaction_id", f"client_id = {asked.client}"),)
    if asked.people:
        yield tuple(_List("mention", "interaction_id", f"identifier_id = {who}") for who in sorted(asked.people))
    for word in words:
        if word.match:
            yield (_matching(index, word.match),)
    if asked.client is None and not asked.people and not any(word.match for word in words):
        yield (_List(index.contents, "id", "TRUE", "all"),)


def _matching(index: Index, match: str) -> _List:
    return _List("search", index.key, index.matches(match), "words")


def _furthest(tx: Tx, asked: Asked, words: _Words, before: int, effort: int) -> tuple[_Walk, int]:
    """The walk that so many looks take furthest back, and how far."""
    best: tuple[_Walk, int] | None = None
    for walk in _walks(index_of(tx), asked, words):
        looks = effort * (_FASTER if walk[0].way == "all" else 1)
        low = _low(tx, walk, asked.since, before, looks)
        if best is None or low < best[1]:
            best = walk, low
        if low == asked.since:
            break
    assert best is not None, "there is always something to walk"
    return best


def _low(tx: Tx, walk: _Walk, since: int, before: int, looks: int) -> int:
    """How far so many looks take it."""
    return max(_nth(tx, one, since, before, looks // len(walk)) for one in walk)


def _nth(tx: Tx, one: _List, since: int, before: int, number: int) -> int:
    """The id of the list's entry with this number, the newest being 0; `since` where it has fewer."""
    sql = f"{one.between(since, before)} ORDER BY {one.ids} DESC LIMIT 1 OFFSET {number}"
    row = tx.connection.exec_driver_sql(sql).first()
    return since if row is None else int(row[0])


# --- one step --------------------------------------------------------------------------------------------------------


def _step(tx: Tx, asked: Asked, words: _Words, before: int, limit: int, effort: int) -> tuple[list[int], int | None]:
    """Hits below `before`, newest first, at most `limit`; down to where that is all, None for to the end."""
    index = index_of(tx)
    if _is_in_lists(index, asked, words):
        hits, low = _matching(index, index.all(words)).between(asked.since, before), asked.since
    else:
        walk, low = _furthest(tx, asked, words, before, effort)
        if followed := _followed(tx, words, walk, asked.since, before, effort):
            hits = _by_words(index, asked, words, followed, walk, low, before)
        else:
            hits = _by_list(index, asked, words, walk, low, before)
    ids = [row[0] for row in tx.connection.exec_driver_sql(f"{hits} ORDER BY 1 DESC LIMIT {limit}")]
    return ids, None if low <= asked.since else low


def _is_in_lists(index: Index, asked: Asked, words: _Words) -> bool:
    """Whether the index's lists alone say what is a hit, and it follows them in their order."""
    narrowed = asked.client is not None or asked.people or asked.kinds
    return not narrowed and all(word.match for word in words) and (index.is_ordered or len(words) == 1)


def _followed(tx: Tx, words: _Words, walk: _Walk, since: int, before: int, effort: int) -> list[Word]:
    """The words whose lists the index follows beside what is walked: those that are not much longer. To leap through a
    long list costs more than to look into the few documents in question; and to ask, more than to look into a few.
    """
    index = index_of(tx)
    lists = [(word, _matching(index, word.match)) for word in words if word.match]
    walked = [word for word, one in lists if one == walk[0]]
    if len(walked) == len(lists) or (effort <= FIRST and not walked):
        return walked
    low = _low(tx, walk, since, before, _SAMPLE)
    return [word for word, one in lists if word in walked or _nth(tx, one, low, before, _SAMPLE * _LONGER) == low]


def _by_words(
    index: Index, asked: Asked, words: _Words, followed: Sequence[Word], walk: _Walk, low: int, before: int
) -> str:
    """The index brings what holds the words that it follows; the rest is looked up."""
    others = [index.says(f"d.{index.content}", word) for word in words if word not in followed]
    beside = f" CROSS JOIN {index.contents} AS d" if others else ""
    found = [_matching(index, index.all(followed)).between(low, before, beside)]
    if walk[0].way != "words":  # with a + the index is not asked anew for every id
        found.append(f"+{index.key} IN ({_union(walk, low, before)})")
    if others:
        found.append(f"d.id = {index.key}")
    return " AND ".join([*found, *others, *_filters(asked, walk, index.key)])


def _by_list(index: Index, asked: Asked, words: _Words, walk: _Walk, low: int, before: int) -> str:
    """The lists bring what might be it; the words are looked for in its tokens."""
    looks = [index.says(f"d.{index.content}", word) for word in words]
    return " AND ".join([_documents(index, walk, low, before), *looks, *_filters(asked, walk, "d.id")])


def _documents(index: Index, walk: _Walk, low: int, before: int) -> str:
    """The documents of what is walked. SQLite goes through a CROSS JOIN as it is written, and so in the list's order."""
    documents = f"{index.contents} AS d"
    if walk[0].way == "all":
        return f"SELECT d.id FROM {documents} WHERE d.id >= {low} AND d.id < {before}"  # noqa: S608 - names and numbers
    if len(walk) == 1:
        return f"{walk[0].between(low, before, f' CROSS JOIN {documents}')} AND d.id = {walk[0].ids}"
    return f"SELECT d.id FROM {documents} WHERE d.id IN ({_union(walk, low, before)})"  # noqa: S608 - made of the above


def _union(walk: _Walk, low: int, before: int) -> str:
    return " UNION ".join(one.between(low, before) for one in walk)


def _filters(asked: Asked, walk: _Walk, line: str) -> Iterator[str]:
    """Conditions that look an interaction up in other tables than what is walked."""
    if asked.client is not None and walk[0].table != "history":
        yield f"EXISTS (SELECT 1 FROM history WHERE client_id = {asked.client} AND interaction_id = {line})"  # noqa: S608 - numbers
    if asked.people and walk[0].table != "mention":
        who = ", ".join(map(str, sorted(asked.people)))
        yield f"EXISTS (SELECT 1 FROM mention WHERE identifier_id IN ({who}) AND interaction_id = {line})"  # noqa: S608 - numbers
    if asked.kinds:
        kinds = ", ".join(map(quoted, sorted(asked.kinds)))
        yield f"(SELECT kind FROM interaction WHERE id = {line}) IN ({kinds})"  # noqa: S608 - quoted
