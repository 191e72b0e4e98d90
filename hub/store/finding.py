"""Finding in the search index, newest first, in bounded steps.

A step walks one list back in time, the one that gets furthest with so many looks, and checks the rest on the way:

    words     the index's own lists of the words that all must be there       client, people, kind are looked up
    client    the client's history                                            words are looked for in the tokens
    people    what these identifiers took part in                             the same
    all       every interaction, where a beginning is all there is to go by   the same

What a step answers is complete down to `Found.reached`, where the next goes on. A beginning is looked up as its
continuations, which the index lists. Where they are too many, or so common that it would take long to list them, tokens
are looked through instead: then hits are near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from hub.core.tokens import Term
from hub.store.database import Tx

NEWEST: Final = (1 << 63) - 1
CONTINUATIONS: Final = 20
COMMON: Final = (4, 256)
"""A beginning is common when so many of so many newest interactions hold it."""
FIRST: Final = 256
LOOKS: Final = 300_000
"""A first step takes 256 looks; further ones as many as may be needed, together 300,000, which take about two seconds."""
_IN_A_ROW: Final = 4
"""What lies side by side is looked at so many times faster."""
_LONGER: Final = 8


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
    if not words:
        return Found([], None)
    found: list[int] = []
    before, effort = asked.before, first
    while looks > 0:
        ids, reached = _step(tx, asked, words, before, limit + 1 - len(found), effort)
        found += ids
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1])
        if reached is None:
            return Found(found, None)
        before, looks = reached, looks - effort
        effort = min(_more(effort, len(ids), limit + 1 - len(found)), looks)
    return Found(found, before)


def _more(effort: int, hits: int, missing: int) -> int:
    """How many looks may bring what is missing, if hits lie as close as they did."""
    return min(effort * missing * 5 // (hits * 4), effort * 8) if hits else effort * 4


# --- words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Word:
    """`match` is what the index is asked, "" where it is of no use; of `said` a document's tokens, with a space around,
    must contain one.
    """

    match: str
    said: tuple[str, ...]


def _words(tx: Tx, terms: Sequence[Term]) -> tuple[_Word, ...]:
    """Nothing when nothing can be found: there are no terms, or nothing goes on like a beginning."""
    found = [_beginning(tx, term) if term.prefix else _whole(term.token) for term in terms]
    words = tuple(word for word in found if word is not None)
    return words if len(words) == len(found) else ()


def _whole(token: str) -> _Word:
    return _Word(f'"{token}"', (f" {token} ",))


def _beginning(tx: Tx, term: Term) -> _Word | None:
    said = (f" {term.token}", *(f" {token} " for token in term.also))
    if _is_common(tx, term.token):
        return _Word("", said)
    known = [*_continuations(tx, term.token), *term.also]
    if not known:
        return None
    match = " OR ".join(f'"{token}"' for token in known) if len(known) <= CONTINUATIONS else ""
    return _Word(match, said)


_HOLDING = """
SELECT count(*) FROM (SELECT c0 FROM search_content ORDER BY id DESC LIMIT :newest) WHERE instr(' ' || c0, :beginning) > 0
"""


def _is_common(tx: Tx, beginning: str) -> bool:
    holding, newest = COMMON
    counted = tx.connection.exec_driver_sql(_HOLDING, {"newest": newest, "beginning": f" {beginning}"})
    return int(counted.scalar_one()) >= holding


_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, search, instance)"
_CONTINUATIONS = """
WITH RECURSIVE found (token) AS (
    SELECT (SELECT term FROM temp.search_words WHERE term >= :first AND term < :last LIMIT 1)
    UNION ALL
    SELECT (SELECT term FROM temp.search_words WHERE term >= found.token || char(1) AND term < :last LIMIT 1)
    FROM found WHERE found.token IS NOT NULL
    LIMIT :limit
)
SELECT token FROM found WHERE token IS NOT NULL
"""


def _continuations(tx: Tx, beginning: str) -> list[str]:
    """The tokens that begin so, at most one more than count: each is looked up behind the one before it."""
    tx.connection.exec_driver_sql(_VOCABULARY)
    bounds = {"first": beginning, "last": f"{beginning}\U0010ffff", "limit": CONTINUATIONS + 1}
    return [row[0] for row in tx.connection.exec_driver_sql(_CONTINUATIONS, bounds)]


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """Ids to walk: column `ids` of the rows of `table` that `where` holds for."""

    table: str
    ids: str
    where: str

    def between(self, low: int, before: int) -> str:
        return (
            f"SELECT {self.ids} FROM {self.table} WHERE {self.where} AND {self.ids} >= {low} AND {self.ids} < {before}"  # noqa: S608 - names and numbers
        )


_Words: TypeAlias = Sequence[_Word]
_Walk: TypeAlias = tuple[_List, ...]
"""What is walked as one list: one, or one for each of the people."""


def _walks(asked: Asked, words: _Words) -> Iterator[_Walk]:
    """What could be walked."""
    if asked.client is not None:
        yield (_List("history", "interaction_id", f"client_id = {asked.client}"),)
    if asked.people:
        yield tuple(_List("mention", "interaction_id", f"identifier_id = {who}") for who in sorted(asked.people))
    for word in words:
        if word.match:
            yield (_matching(word.match),)
    if asked.client is None and not asked.people and not any(word.match for word in words):
        yield (_List("search_content", "id", "TRUE"),)


def _matching(match: str) -> _List:
    return _List("search", "rowid", f"search MATCH {_quoted(match)}")


def _furthest(tx: Tx, asked: Asked, words: _Words, before: int, effort: int) -> tuple[_Walk, int]:
    """The walk that so many looks take furthest back, and how far."""
    best: tuple[_Walk, int] | None = None
    for walk in _walks(asked, words):
        looks = effort * _IN_A_ROW if walk[0].table == "search_content" else effort // len(walk)
        low = max(_nth(tx, one, asked.since, before, looks) for one in walk)
        if best is None or low < best[1]:
            best = walk, low
        if low == asked.since:
            break
    assert best is not None, "there is always something to walk"
    return best


def _nth(tx: Tx, one: _List, since: int, before: int, number: int) -> int:
    """The id of the list's entry with this number, the newest being 0; `since` where it has fewer."""
    sql = f"{one.between(since, before)} ORDER BY {one.ids} DESC LIMIT 1 OFFSET {number}"
    row = tx.connection.exec_driver_sql(sql).first()
    return since if row is None else int(row[0])


# --- one step --------------------------------------------------------------------------------------------------------


def _step(tx: Tx, asked: Asked, words: _Words, before: int, limit: int, effort: int) -> tuple[list[int], int | None]:
    """Hits below `before`, newest first, at most `limit`; down to where that is all, None for to the end."""
    if _is_one_list(asked, words):
        hits, low = _matching(words[0].match).between(asked.since, before), asked.since
    else:
        walk, low = _furthest(tx, asked, words, before, effort)
        if walk[0].table == "search":
            hits = _by_words(asked, words, _followed(tx, words, walk[0], low, before, effort), low, before)
        else:
            hits = _by_list(asked, words, walk, low, before)
    ids = [row[0] for row in tx.connection.exec_driver_sql(f"{hits} ORDER BY 1 DESC LIMIT {limit}")]
    return ids, None if low <= asked.since else low


def _is_one_list(asked: Asked, words: _Words) -> bool:
    """Whether every entry of the only list is a hit."""
    return asked.client is None and not asked.people and not asked.kinds and len(words) == 1 and bool(words[0].match)


def _followed(tx: Tx, words: _Words, walk: _List, low: int, before: int, effort: int) -> list[_Word]:
    """The words whose lists the index follows side by side: those that are not much longer than the one walked. To
    leap through a long list costs more than to look into the few documents in question.
    """
    return [
        word
        for word in words
        if word.match
        and ((one := _matching(word.match)) == walk or _nth(tx, one, low, before, effort * _LONGER) == low)
    ]


def _by_words(asked: Asked, words: _Words, followed: Sequence[_Word], low: int, before: int) -> str:
    """The index brings what holds the words that it follows; the rest is looked up."""
    match = " AND ".join(f"({word.match})" for word in followed)
    looks = [_says("search.tokens", word) for word in words if word not in followed]
    return " AND ".join([_matching(match).between(low, before), *looks, *_filters(asked, "search.rowid")])


def _by_list(asked: Asked, words: _Words, walk: _Walk, low: int, before: int) -> str:
    """The lists bring what might be it; the words are looked for in its tokens."""
    walked = " UNION ".join(one.between(low, before) for one in walk)
    found = f"SELECT d.id FROM search_content AS d WHERE d.id IN ({walked})"  # noqa: S608 - made of the above
    return " AND ".join([found, *(_says("d.c0", word) for word in words), *_filters(asked, "d.id")])


def _says(tokens: str, word: _Word) -> str:
    return "(" + " OR ".join(f"instr(' ' || {tokens} || ' ', {_quoted(said)}) > 0" for said in word.said) + ")"


def _filters(asked: Asked, line: str) -> Iterator[str]:
    """Conditions that look an interaction up in other tables."""
    if asked.client is not None:
        yield f"EXISTS (SELECT 1 FROM history WHERE client_id = {asked.client} AND interaction_id = {line})"  # noqa: S608 - numbers
    if asked.people:
        who = ", ".join(map(str, sorted(asked.people)))
        yield f"EXISTS (SELECT 1 FROM mention WHERE identifier_id IN ({who}) AND interaction_id = {line})"  # noqa: S608 - numbers
    if asked.kinds:
        kinds = ", ".join(map(_quoted, sorted(asked.kinds)))
        yield f"(SELECT kind FROM interaction WHERE id = {line}) IN ({kinds})"  # noqa: S608 - quoted


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
