"""Finding in the search index, newest first, in bounded steps.

A step walks one list back in time, the one that gets furthest with so many looks, and checks the rest on the way:

    words     the index's own lists of the words that all must be there       client, people, kind are looked up
    client    the client's history                                            words are looked for by signs, then in the tokens
    people    what these identifiers took part in                             the same
    all       every interaction, where a beginning is all there is to go by   the same

Beside a word's list the index follows those of other words that are not much longer.
Where words are all that is asked for, and the index's lists lie in order, it follows them side by side without steps: a leap
costs so little that the longest list is walked in less than a search may take. What a step answers is complete down to
`Found.reached`, where the next goes on. A beginning is looked up as its continuations, which the index lists. As long as
looking through tokens seems to take less than that, they are looked through instead; each step asks that anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from hub.core.tokens import Term
from hub.store.database import Tx
from hub.store.words import Index, Word, index_of, quoted

NEWEST: Final = (1 << 63) - 1
FIRST: Final = 256
LOOKS: Final = 300_000
"""A first step takes 256 looks; further ones as many as may be needed, together 300,000, which take about two seconds."""
PAGES: Final = 256
"""How a beginning goes on is asked where its lists take so many pages of the index: half a millisecond."""
_PAGES_A_LOOK: Final = 2
_FASTER: Final = {"all": 4, "near": 2, "placed": 5, "signs": 10, "signs elsewhere": 3}
"""How many times faster than into a document somewhere in the file a look is: into documents that lie side by side; into those of
a history, where hits are near; at whose history an entry of the index stands in; at signs that stand in what is walked, or in
the history of one client.
"""
_PART: Final = 8
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
    words = _words(tx, asked.terms)
    if asked.client is None and not asked.people:  # in a history the newest lines may do
        words = _listed(tx, asked.terms, words, 0)
    found: list[int] = []
    before, walk, done, effort = asked.before, None, 0, first
    while done < looks:
        if not words:
            return Found(found, None)
        ids, reached, walk = _step(tx, asked, words, walk, before, limit + 1 - len(found), effort)
        found += ids
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1])
        if reached is None:
            return Found(found, None)
        before, done, missing = reached, done + effort, limit + 1 - len(found)
        if any(word.is_open for word in words):
            words, walk = _listed(tx, asked.terms, words, done * missing // max(1, len(found))), None
        effort = min(_more(effort, len(ids), missing), looks - done)
    return Found(found, before)


def _more(effort: int, hits: int, missing: int) -> int:
    """How many looks should bring half as much again as is missing, if hits lie as close as they did. To count more than are
    needed reads pages for nothing; a further step costs little.
    """
    return max(1 + effort // 4, min(4 * effort, 3 * effort * missing // (2 * hits))) if hits else 4 * effort


# --- words -----------------------------------------------------------------------------------------------------------


def _words(tx: Tx, terms: Sequence[Term]) -> tuple[Word, ...]:
    """How beginnings go on is left open."""
    index = index_of(tx)
    return tuple(index.begun(term) if term.prefix else index.whole(term.token) for term in terms)


def _listed(tx: Tx, terms: Sequence[Term], words: tuple[Word, ...], looks: int) -> tuple[Word, ...]:
    """The same with how beginnings go on, where to ask takes less than so many looks, or little. Nothing where one goes on in
    no way: then nothing can be found.
    """
    index, most = index_of(tx), max(PAGES, looks * _PAGES_A_LOOK)
    found = [index.listed(tx, term, most) if word.is_open else word for term, word in zip(terms, words, strict=True)]
    listed = tuple(word for word in found if word is not None)
    return listed if len(listed) == len(found) else ()


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """Ids to walk: column `ids` of the rows of `table` that `where` holds for. `way` is the index's own list of words,
    that of everything, or one of another table. `signs` is a condition that tells most entries without the words before
    their documents are opened. It is looked at `faster` than others.
    """

    table: str
    ids: str
    where: str
    way: Literal["words", "all", "other"] = "other"
    signs: str = ""
    faster: int = 1

    def between(self, low: int, before: int, beside: str = "") -> str:
        """`beside` joins another table."""
        return (
            f"SELECT {self.ids} FROM {self.table}{beside} WHERE {self.where}"  # noqa: S608 - names and numbers
            f" AND {self.ids} >= {low} AND {self.ids} < {before}"
        )


_Words: TypeAlias = Sequence[Word]
_Walk: TypeAlias = tuple[_List, ...]
"""What is walked as one list: one, or one for each of the people."""


def _walks(tx: Tx, asked: Asked, words: _Words) -> Iterator[_Walk]:
    """What could be walked."""
    index = index_of(tx)
    if asked.client is not None:
        yield (_history(index, asked.client, words),)
    if asked.people:
        yield _mentions(tx, asked.people, words)
    faster = _FASTER["placed"] if asked.client is not None or asked.people else 1
    for word in words:
        if word.match:
            yield (replace(_matching(index, word.match), faster=faster),)
    if asked.client is None and not asked.people and not any(word.match for word in words):
        yield (_List(index.contents, "id", "TRUE", "all", faster=_FASTER["all"]),)


def _history(index: Index, client: int, words: _Words) -> _List:
    one = _List("history", "interaction_id", f"client_id = {client}", faster=_FASTER["near"])
    bears = _bears(index, words)
    return replace(one, signs=f"(signs = '' OR ({bears}))", faster=_by_signs(words, _FASTER["signs"])) if bears else one


def _by_signs(words: _Words, faster: int) -> int:
    """How much faster than into a document a look is at so many signs: each of those that a word may have is looked for."""
    fewest = min(len(word.signs) for word in words if word.signs)
    return max(2, 2 * faster // (1 + fewest))


def _bears(index: Index, words: _Words) -> str:
    """The word that has the fewest comes first, and tells most."""
    signed = sorted((word for word in words if word.signs), key=lambda word: len(word.signs))
    return " AND ".join(index.bears("signs", word) for word in signed)


def _mentions(tx: Tx, people: frozenset[int], words: _Words) -> _Walk:
    """What somebody takes part in has signs where it stands: mostly in one client's history, which the newest tells."""
    walk = tuple(
        _List("mention", "interaction_id", f"identifier_id = {who}", faster=_FASTER["near"]) for who in sorted(people)
    )
    bears = _bears(index_of(tx), words)
    client = _client_of(tx, walk[0]) if bears and len(walk) == 1 else None
    if client is None:
        return walk
    signs = (
        f"NOT EXISTS (SELECT 1 FROM history WHERE client_id = {client}"  # noqa: S608 - numbers and quoted
        f" AND interaction_id = mention.interaction_id AND signs <> '' AND NOT ({bears}))"
    )
    return (replace(walk[0], signs=signs, faster=_by_signs(words, _FASTER["signs elsewhere"])),)


def _client_of(tx: Tx, one: _List) -> int | None:
    """In whose history the newest of these stands, if in any."""
    newest = f"SELECT max({one.ids}) FROM {one.table} WHERE {one.where}"  # noqa: S608 - names and numbers
    found = tx.connection.exec_driver_sql(f"SELECT min(client_id) FROM history WHERE interaction_id = ({newest})")  # noqa: S608 - as above
    number = found.scalar_one()
    return None if number is None else int(number)


def _matching(index: Index, match: str) -> _List:
    return _List("search", index.key, index.matches(match), "words")


def _furthest(tx: Tx, asked: Asked, words: _Words, before: int, effort: int) -> tuple[_Walk, int]:
    """The walk that so many looks take furthest back, and how far. Which it is, a part of them tells: to count entries of a
    list that is not walked then reads its pages for nothing.
    """
    best, furthest = None, before
    walks = list(_walks(tx, asked, words))
    part = effort if len(walks) == 1 else min(effort, max(_SAMPLE, effort // _PART))
    for walk in walks:
        low = _low(tx, walk, asked.since, before, part * walk[0].faster)
        if best is None or low < furthest:
            best, furthest = walk, low
        if low == asked.since:
            break
    assert best is not None, "there is always something to walk"
    if part == effort or furthest == asked.since:
        return best, furthest
    return best, _low(tx, best, asked.since, before, effort * best[0].faster)


def _low(tx: Tx, walk: _Walk, since: int, before: int, looks: int) -> int:
    """How far so many looks take it."""
    return max(_nth(tx, one, since, before, looks // len(walk)) for one in walk)


def _nth(tx: Tx, one: _List, since: int, before: int, number: int) -> int:
    """The id of the list's entry with this number, the newest being 0; `since` where it has fewer."""
    sql = f"{one.between(since, before)} ORDER BY {one.ids} DESC LIMIT 1 OFFSET {number}"
    row = tx.connection.exec_driver_sql(sql).first()
    return since if row is None else int(row[0])


# --- one step --------------------------------------------------------------------------------------------------------


def _step(
    tx: Tx, asked: Asked, words: _Words, walk: _Walk | None, before: int, limit: int, effort: int
) -> tuple[list[int], int | None, _Walk | None]:
    """Hits below `before`, newest first, at most `limit`; down to where that is all, None for to the end; and the walk to go
    on with, if one is better than another now.
    """
    index = index_of(tx)
    if _is_in_lists(index, asked, words):
        hits, low = _matching(index, index.all(words)).between(asked.since, before), asked.since
    else:
        if walk is None:
            walk, low = _furthest(tx, asked, words, before, effort)
        else:
            low = _low(tx, walk, asked.since, before, effort * walk[0].faster)
        if followed := _followed(tx, words, walk, asked.since, before):
            hits = _by_words(index, asked, words, followed, walk, low, before)
        else:
            hits = _by_list(index, asked, words, walk, low, before)
    ids = [row[0] for row in tx.connection.exec_driver_sql(f"{hits} ORDER BY 1 DESC LIMIT {limit}")]
    return ids, None if low <= asked.since else low, walk if walk and walk[0].signs else None


def _is_in_lists(index: Index, asked: Asked, words: _Words) -> bool:
    """Whether the index's lists alone say what is a hit, and it follows them in their order."""
    narrowed = asked.client is not None or asked.people or asked.kinds
    return not narrowed and all(word.match for word in words) and (index.is_ordered or len(words) == 1)


def _followed(tx: Tx, words: _Words, walk: _Walk, since: int, before: int) -> list[Word]:
    """The words whose lists the index follows beside the one that is walked: those that are not much longer. To leap through
    a long list costs more than to look into the few documents in question; and to ask, more than to look into a few.
    """
    index = index_of(tx)
    lists = [(word, _matching(index, word.match)) for word in words if word.match]
    walked = [word for word, one in lists if one.where == walk[0].where]
    if not walked or len(walked) == len(lists):
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
    if others:
        found.append(f"d.id = {index.key}")
    return " AND ".join([*found, *others, *_filters(asked, walk, index.key)])


def _by_list(index: Index, asked: Asked, words: _Words, walk: _Walk, low: int, before: int) -> str:
    """The lists bring what might be it; the words are looked for in its tokens."""
    found = [_documents(index, walk, low, before), *filter(None, [walk[0].signs])]
    looks = [index.says(f"d.{index.content}", word) for word in words]
    return " AND ".join([*found, *looks, *_filters(asked, walk, "d.id")])


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
