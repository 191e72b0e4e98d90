"""What a search finds is what a person would find who reads everything; and it says how far it has looked."""

import random

import pytest
from sqlalchemy import event

from hub.core import ids, signs, tokens
from hub.store import finding, search, words
from hub.store.derived_tables import History, Interaction, Mention
from hub.store.finding import Asked, find
from hub.store.words import CONTINUATIONS

WORDS = ["насос", "электронасос", "договор", "оплата", "счёт", "монтаж", "аванс"]
CODES = [f"45/{number}-П" for number in range(2 * CONTINUATIONS)]
"""More continuations of "45" than are looked up one by one."""
KINDS = ["mail", "mail", "mail", "call"]
CLIENTS = [11, 12, 13]
PEOPLE = [21, 22, 23]
LINES = 2_400
"""More than a first step looks at, so that later ones go on by what the first has seen."""


class Archive:
    """A database of interactions, and what they are made of."""

    def __init__(self, tx):
        pick = random.Random(1)
        self.lines = {}
        for number in range(LINES):
            line = ids.timed(1_700_000_000_000 + number * 60_000, pick.getrandbits(19))
            said = tokens.tokens(" ".join(pick.sample(WORDS, k=pick.randrange(4))) + " " + pick.choice(CODES))
            self.lines[line] = (set(said), pick.choice(KINDS), pick.choice(CLIENTS[:2] if number % 50 else CLIENTS),
                                set(pick.sample(PEOPLE, k=pick.randrange(3))))  # fmt: skip
        tx.add(Interaction, [
            (line, f"note:{line}", line, line, kind, 0, None, "", False, "", "", "", 0, "", "[]", "", 0)
            for line, (_, kind, _, _) in self.lines.items()
        ])  # fmt: skip
        tx.add(History, [
            (client, line, "client", "ref", signs.signs(" ".join(sorted(said))) if line % 3 else "")
            for line, (said, _, client, _) in self.lines.items()
        ])  # fmt: skip
        tx.add(Mention, [(who, line, "to", False) for line, (_, _, _, people) in self.lines.items() for who in people])
        search.add(tx, [(line, " ".join(sorted(said))) for line, (said, _, _, _) in self.lines.items()])

    def read_through(self, asked):
        """Every hit, newest first, by looking at every line."""
        return [line for line in reversed(self.lines) if self._is_meant(line, asked)]

    def _is_meant(self, line, asked):
        said, kind, client, people = self.lines[line]
        return (
            asked.since <= line < asked.before
            and all(any(_has(one, term) for one in said) for term in asked.terms)
            and (asked.client is None or asked.client == client)
            and (not asked.people or not people.isdisjoint(asked.people))
            and (not asked.kinds or kind in asked.kinds)
        )


def _has(token, term):
    return token == term.token or token in term.also or (term.prefix and token.startswith(term.token))


@pytest.fixture
def statements(store):
    """What the database is asked."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def archive(store):
    with store.write() as tx:
        return Archive(tx)


def questions():
    pick = random.Random(2)
    texts = [*WORDS, "насос договор", "оплата счета аванс", "45*", "45* насос", "дог*", "монт* ава*", "45/7-П", "слон",
             "слон*", "насос слон", "насос слон*", "насос*", "насоса*", "монтажо*", "договора* аванс", "4* аванс"]  # fmt: skip
    for _ in range(80):
        since, before = sorted(1_700_000_000_000 + pick.randrange(LINES) * 60_000 for _ in range(2))
        yield Asked(
            terms=tokens.query(pick.choice(texts)),
            since=pick.choice([0, 0, ids.first_at(since)]),
            before=pick.choice([finding.NEWEST, finding.NEWEST, ids.first_at(before)]),
            client=pick.choice([None, None, *CLIENTS]),
            people=frozenset(pick.sample(PEOPLE, k=pick.choice([0, 0, 1, 2]))),
            kinds=frozenset(pick.choice([(), (), ("call",), ("mail", "call")])),
        )


@pytest.mark.parametrize("first", [4, finding.FIRST, 2 * finding.FIRST, 64 * finding.FIRST])
def test_everything_is_found_that_a_reader_of_everything_would_find(store, archive, first):
    with store.read() as tx:
        for asked in questions():
            assert find(tx, asked, LINES, first=first) == finding.Found(archive.read_through(asked), None), asked


@pytest.mark.parametrize("pages", [finding.PAGES + 1, 10 * finding.LOOKS])
def test_the_same_is_found_where_to_ask_how_a_beginning_goes_on_is_dear(store, archive, monkeypatch, pages):
    """After the first step, and never."""
    monkeypatch.setattr(words, "_pages", lambda _tx, _beginning: pages)
    with store.read() as tx:
        for asked in questions():
            assert find(tx, asked, LINES, first=4) == finding.Found(archive.read_through(asked), None), asked


def test_how_a_beginning_goes_on_is_asked_where_documents_would_take_longer(store, archive, monkeypatch, statements):
    if store.engine.dialect.name == "postgresql":
        pytest.skip("its index knows beginnings")
    monkeypatch.setattr(words, "_pages", lambda _tx, _beginning: finding.PAGES + 1)
    with store.read() as tx:
        find(tx, Asked(terms=tokens.query("дог*")), 20)
        assert not any("search_words" in one for one in statements)
        find(tx, Asked(terms=tokens.query("небыв*")), 20)
        assert any("search_words" in one for one in statements)


def test_the_indexs_directory_tells_how_long_the_lists_of_what_begins_so_are(store):
    if store.engine.dialect.name == "postgresql":
        pytest.skip("its index has no pages to ask")
    with store.write() as tx:
        search.add(
            tx, [(ids.timed(1_700_000_000_000 + n * 60_000, n), f"аист жираф ящик{n % 7}") for n in range(9_000)]
        )
    with store.read() as tx:
        assert words._pages(tx, "жир") > 8
        assert words._pages(tx, "жираф") > 8
        assert words._pages(tx, "яяя") == 0
        assert words._pages(tx, "ящик3") < 8
    with store.write() as tx:
        search.drop(tx, [ids.timed(1_700_000_000_000 + n * 60_000, n) for n in range(9_000)])


def test_every_way_to_look_is_taken(store, archive, statements):
    """The other tests say that each finds the same."""
    with store.read() as tx:
        for asked in questions():
            for first in (4, 2 * finding.FIRST, 64 * finding.FIRST):
                find(tx, asked, LINES, first=first)
    ways = ("history CROSS JOIN", "(signs = ''", "NOT EXISTS (SELECT 1 FROM history", "search CROSS JOIN", "UNION SELECT interaction_id FROM mention",
            "AND EXISTS (SELECT 1 FROM history", "AND EXISTS (SELECT 1 FROM mention", "(SELECT kind FROM interaction")  # fmt: skip
    assert {way for way in ways if not any(way in one for one in statements)} == set()


def test_a_search_that_gives_up_has_missed_nothing_down_to_where_it_says(store, archive):
    gave_up = 0
    with store.read() as tx:
        for asked in questions():
            said = find(tx, asked, LINES, looks=12, first=4)
            reached = -1 if said.reached is None else said.reached
            assert said.ids == [line for line in archive.read_through(asked) if line >= reached], asked
            gave_up += said.reached is not None
    assert gave_up > 20


def test_going_on_from_there_finds_the_rest(store, archive):
    asked = Asked(terms=tokens.query("насос договор"), client=11)
    found = []
    with store.read() as tx:
        before = finding.NEWEST
        while before is not None:
            said = find(tx, Asked(terms=asked.terms, client=11, before=before), LINES, looks=8, first=8)
            found += said.ids
            before = said.reached
    assert found == archive.read_through(asked)


@pytest.mark.parametrize("limit", [1, 5, 50])
def test_where_there_are_more_than_asked_for_the_newest_are_shown_and_it_says_so(store, archive, limit):
    asked = Asked(terms=tokens.query("насос"))
    whole = archive.read_through(asked)
    with store.read() as tx:
        assert find(tx, asked, limit) == finding.Found(whole[:limit], whole[limit - 1])
        assert find(tx, asked, len(whole)) == finding.Found(whole, None)


def test_nothing_asked_is_nothing_found(store, archive):
    with store.read() as tx:
        assert find(tx, Asked(terms=()), 10) == finding.Found([], None)


def test_a_step_looks_no_further_than_it_may(store, archive):
    """Words that stand together nowhere make no step walk the whole index: that of the rarer one is looked at so far."""
    asked = Asked(terms=tokens.query("насос договор"), kinds=frozenset({"task"}))
    with store.read() as tx:
        said = find(tx, asked, 10, looks=8, first=8)
    assert said.ids == []
    assert said.reached is not None
    behind = [line for line in archive.lines if line >= said.reached]
    assert min(sum(word in archive.lines[line][0] for line in behind) for word in ("насос", "договор")) == 9


def test_a_word_is_gone_from_the_continuations_when_its_line_is(store, archive):
    with store.write() as tx:
        search.add(tx, [(5, "жираф")])
        assert find(tx, Asked(terms=tokens.query("жир*")), 10).ids == [5]
        search.drop(tx, [5])
        assert find(tx, Asked(terms=tokens.query("жир*")), 10) == finding.Found([], None)
