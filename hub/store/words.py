"""The two makes of the search index in their own words: SQLite's FTS5, and PostgreSQL's GIN over a `tsvector`.

Both only store the tokens that `hub.core.tokens` makes, so they find the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Final, Protocol

from hub.core.signs import sign
from hub.core.tokens import Term
from hub.store.database import Tx

CONTINUATIONS: Final = 40
SIGNS: Final = 16
"""So many continuations are looked for by their signs: for more, looking into documents is as fast."""


@dataclass(frozen=True, slots=True)
class Word:
    """`match` is what the index is asked, "" where it is of no use; a document's tokens, with a space around, must hold
    one of `said`; for PostgreSQL that is a question, too. A document with it bears one of `signs`, or none where there are
    none. It `is_open` where it is a beginning and how it goes on has not been asked.
    """

    match: str
    said: tuple[str, ...]
    signs: tuple[str, ...] = ()
    is_open: bool = False


class Index(Protocol):
    """How an index is asked. `key` is the column of ids of the index `search`; `contents` the table to walk without the
    index, with the columns `id` and `content`. It `is_ordered` where it keeps the list of a word in the order of ids, and
    leaps. A beginning is `listed` by how it goes on, None if in no way, and stays as it has `begun` where to ask that would
    take more than so many pages.
    """

    @property
    def is_ordered(self) -> bool: ...
    @property
    def key(self) -> str: ...
    @property
    def contents(self) -> str: ...
    @property
    def content(self) -> str: ...
    def whole(self, token: str) -> Word: ...
    def begun(self, term: Term) -> Word: ...
    def listed(self, tx: Tx, term: Term, most: int) -> Word | None: ...
    def all(self, words: Iterable[Word]) -> str: ...
    def matches(self, match: str) -> str: ...
    def says(self, content: str, word: Word) -> str: ...
    def bears(self, column: str, word: Word) -> str: ...


def index_of(tx: Tx) -> Index:
    return _GIN if tx.is_postgresql else _FTS5


def _signs(tokens: Sequence[str]) -> tuple[str, ...]:
    """Those of words of which a document has one; none where one has none, or where there are many to look for."""
    found = tuple(map(sign, tokens)) if len(tokens) <= SIGNS else ()
    return found if all(found) else ()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- SQLite ----------------------------------------------------------------------------------------------------------

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
_PAGES = """
WITH RECURSIVE segment (id) AS (
    SELECT min(segid) FROM search_idx
    UNION ALL
    SELECT (SELECT min(segid) FROM search_idx WHERE segid > segment.id) FROM segment WHERE segment.id IS NOT NULL
)
SELECT coalesce(sum(
    coalesce((SELECT pgno FROM search_idx WHERE segid = segment.id AND term >= :behind ORDER BY term LIMIT 1),
             (SELECT pgno FROM search_idx WHERE segid = segment.id ORDER BY term DESC LIMIT 1)) / 2
    - coalesce((SELECT pgno FROM search_idx WHERE segid = segment.id AND term <= :first ORDER BY term DESC LIMIT 1), 2) / 2
), 0) FROM segment WHERE segment.id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Fts5:
    """A beginning is asked for by its continuations, which the index lists."""

    is_ordered: bool = True
    key: str = "search.rowid"
    contents: str = "search_content"
    content: str = "c0"

    def whole(self, token: str) -> Word:
        return Word(f'"{token}"', (f" {token} ",), _signs([token]))

    def begun(self, term: Term) -> Word:
        return Word("", (f" {term.token}", *(f" {token} " for token in term.also)), is_open=True)

    def listed(self, tx: Tx, term: Term, most: int) -> Word | None:
        begun = self.begun(term)
        if _pages(tx, term.token) > most:
            return begun
        known = [*_continuations(tx, term.token), *term.also]
        if not known:
            return None
        match = " OR ".join(f'"{token}"' for token in known) if len(known) <= CONTINUATIONS else ""
        return Word(match, begun.said, _signs(known))

    def all(self, words: Iterable[Word]) -> str:
        return " AND ".join(f"({word.match})" for word in words)

    def matches(self, match: str) -> str:
        return f"search MATCH {quoted(match)}"

    def says(self, content: str, word: Word) -> str:
        asked = " OR ".join(_holds(content, said) for said in word.said)
        if len(word.said) == 1:
            return asked
        begun = commonprefix(word.said)  # noqa: RUF071 - of words, not of paths
        return f"{_holds(content, begun)} AND ({asked})"

    def bears(self, column: str, word: Word) -> str:
        return "(" + " OR ".join(f"instr({column}, {quoted(sign)}) > 0" for sign in word.signs) + ")"


def _holds(content: str, said: str) -> str:
    return f"instr(' ' || {content} || ' ', {quoted(said)}) > 0"


def _pages(tx: Tx, beginning: str) -> int:
    """How many pages of the index lie between what is before a beginning and what is behind all that begins so: to find the
    next token, FTS5 goes through the list of the one before it. `search_idx` has the first token of each page, with a 0 before
    it, and twice the page's number or one more.
    """
    bounds = {"first": f"0{beginning}".encode(), "behind": f"0{beginning}\U0010ffff".encode()}
    return int(tx.connection.exec_driver_sql(_PAGES, bounds).scalar_one())


def _continuations(tx: Tx, beginning: str) -> Sequence[str]:
    """The tokens that begin so, at most one more than count: each is looked up behind the one before it."""
    tx.connection.exec_driver_sql(_VOCABULARY)
    bounds = {"first": beginning, "last": f"{beginning}\U0010ffff", "limit": CONTINUATIONS + 1}
    return [row[0] for row in tx.connection.exec_driver_sql(_CONTINUATIONS, bounds)]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Gin:
    """The index itself knows beginnings."""

    is_ordered: bool = False
    key: str = "search.id"
    contents: str = "search"
    content: str = "words"

    def whole(self, token: str) -> Word:
        return Word(f"'{token}'", (f"'{token}'",), _signs([token]))

    def begun(self, term: Term) -> Word:
        return Word("", (" | ".join([f"'{term.token}':*", *(f"'{token}'" for token in term.also)]),), is_open=True)

    def listed(self, tx: Tx, term: Term, most: int) -> Word | None:  # noqa: ARG002 - nothing is asked
        """GIN has to put the lists of all that begins so together: common ones are looked for in documents."""
        begun = self.begun(term)
        holding, newest = _COMMON
        lately = f"SELECT words FROM search ORDER BY id DESC LIMIT {newest}"  # noqa: S608 - a number
        counted = f"SELECT count(*) FROM ({lately}) AS newest WHERE {self.says('newest.words', begun)}"  # noqa: S608 - quoted
        is_common = tx.connection.exec_driver_sql(counted).scalar_one() >= holding
        return Word("" if is_common else begun.said[0], begun.said)

    def all(self, words: Iterable[Word]) -> str:
        return " & ".join(f"({word.match})" for word in words)

    def matches(self, match: str) -> str:
        return f"search.words @@ {quoted(match)}::tsquery"

    def says(self, content: str, word: Word) -> str:
        return f"{content} @@ {quoted(word.said[0])}::tsquery"

    def bears(self, column: str, word: Word) -> str:
        return "(" + " OR ".join(f"strpos({column}, {quoted(sign)}) > 0" for sign in word.signs) + ")"


_COMMON: Final = (4, 256)
"""A beginning is common when so many of so many newest interactions hold it."""
_FTS5: Final = _Fts5()
_GIN: Final = _Gin()
