"""A source in a process of its own reads ahead of what is stored, and yet what is stored is as if it had not."""

import os
import random
import select
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

import pytest

import hub
from hub.core import pages
from hub.engine.apart import parent, process
from hub.engine.feed import Asked, Here
from hub.engine.mapping import Maker
from hub.errors import Inconsistent
from tests.engine.notes import HORIZON, PLACE, Notes, Waited, apart, order

MANY = [[(f"{page}-{n}", "1") for n in range(3)] for page in range(30)]


@dataclass
class Told:
    """What a source in another process has done, heard as it happens."""

    ends: tuple[int, int] = field(default_factory=os.pipe)
    heard: list[str] = field(default_factory=list)

    def tell(self, what):
        os.write(self.ends[1], f"{what}\n".encode())

    def read(self, name, revision):
        """A body that is read."""
        self.tell(name)
        return f"{name} {revision}".encode()

    def all(self):
        while select.select([self.ends[0]], [], [], 0)[0]:
            self.heard += os.read(self.ends[0], 1 << 16).decode().split()
        return self.heard


@pytest.fixture
def told():
    made = Told()
    yield made
    for end in made.ends:
        os.close(end)


@dataclass
class Listed(Notes):
    """Pages of (id, revision); `act` is done before each, a body is its id and revision."""

    listed: tuple = ()
    act: object = lambda _number: None
    body: object = lambda name, revision: f"{name} {revision}".encode()
    rests: frozenset = frozenset()

    def pull(self, _stream, cursor, /):
        for number in range(int(cursor or 0), len(self.listed)):
            self.act(number)
            raws = [
                hub.Raw(name, revision, partial(self.body, name, revision)) for name, revision in self.listed[number]
            ]
            yield hub.Page(listed=len(raws), raws=raws, cursor=str(number + 1), rests=number in self.rests)


def source(listed, **more):
    made = order()

    @contextmanager
    def opened(_settings, tools):
        yield Listed(tools, listed=listed, **more)

    return replace(made, connector=replace(made.connector, open=opened))


class Stored:
    """What is chosen by what is stored, which is what was brought."""

    def __init__(self, made, **known):
        self.made = made
        self.known = dict(known)

    def choose(self, page):
        maker = Maker(self.made.connector.map, self.made.settings, 1, HORIZON, 1_795_000_000_000)
        return Asked(page, pages.plan(page.listed, page.raws, dict(self.known)), PLACE, maker)

    def store(self, brought):
        self.known.update((one.external_id, one.revision) for one in brought.prepared)

    def pulled(self, feed, cursor=None):
        """Page by page, each stored once the next is asked for."""
        for brought in feed.pull("notes", cursor, self.choose):
            yield brought
            self.store(brought)

    def pulled_together(self, feed):
        """As many pages as are stored at once, each time."""
        for together in feed.pull_together("notes", None, self.choose):
            yield together
            for brought in together:
                self.store(brought)


def test_pages_are_read_while_others_are_stored(told):
    made, ahead = source(MANY, body=told.read), []
    with apart(made) as feed:
        for brought in islice(Stored(made).pulled(feed), 20):
            time.sleep(0.05)
            ahead.append(len(told.all()) // 3 - int(brought.asked.page.cursor))
    assert max(ahead) >= parent.AHEAD - 2


def test_who_reads_no_faster_than_we_store_hardly_has_to_ask(monkeypatch):
    asked, ask = [], parent.Process.ask

    def noted(self, *question):
        asked.append(question[0])
        return ask(self, *question)

    monkeypatch.setattr(parent.Process, "ask", noted)
    made = source(MANY, act=lambda _number: time.sleep(0.01))
    with apart(made) as feed:
        assert len(list(Stored(made).pulled(feed))) == len(MANY)
    assert asked.count("read") <= 3


def test_what_lets_it_go_on_too_late_is_passed_over(monkeypatch):
    """It has asked meanwhile, rests, or has come to its end."""
    ask = parent.Process.ask

    def late(self, *question):
        if question[0] in ("read", "stop", "streams", "close"):
            yield from ask(self, "ahead", 3, None, None)
        yield from ask(self, *question)

    monkeypatch.setattr(parent.Process, "ask", late)
    made = source(MANY, rests=frozenset({5, 9}))
    with apart(made) as feed:
        for few in (6, 13, 30):
            assert len(list(islice(Stored(made).pulled(feed), few))) == few
            assert feed.streams()


def test_what_waits_to_be_stored_is_bounded_in_number(told):
    made = source(MANY, act=told.tell)
    with apart(made) as feed:
        for brought in Stored(made).pulled(feed):
            time.sleep(0.01)
            assert len(told.all()) <= int(brought.asked.page.cursor) + parent.AHEAD + 2


def test_what_waits_to_be_stored_is_bounded_in_bytes(told, monkeypatch):
    monkeypatch.setattr(parent, "ROOM", 150_000)
    monkeypatch.setattr(process, "ROOM", 100_000)
    long = os.urandom(16_000).hex()  # of which two pages are more, and two or three are in the pipe
    made = source(MANY, act=told.tell, body=lambda name, _revision: f"{name} {long}".encode())
    with apart(made) as feed:
        for brought in islice(Stored(made).pulled(feed), 15):
            time.sleep(0.01)
            assert len(told.all()) <= int(brought.asked.page.cursor) + 6


def test_listing_what_is_known_reads_none_of_it(told):
    known = {name: revision for page in MANY for name, revision in page}
    new = dict(islice(known.items(), 6))
    made = source(MANY, body=told.read)
    with apart(made) as feed:
        everything = list(Stored(made, **known).pulled(feed))
        assert told.all() == []
        some = list(Stored(made, **{name: known[name] for name in known.keys() - new.keys()}).pulled(feed))
    assert [len(one.prepared) for one in everything] == [0] * 30
    assert [len(one.prepared) for one in some] == [3, 3] + [0] * 28
    assert len(told.all()) <= 2 * len(new)  # as many in vain as were new


def _random(seed):
    """A source of pages that repeat items, name what is gone and rest, with some that is known."""
    pick = random.Random(seed)
    names = [f"n{number}" for number in range(pick.choice([12, 40, 400]))]
    listed = [[(name, str(pick.randrange(2))) for name in pick.sample(names, pick.randrange(6))] for _ in range(40)]
    listed = [page + page[: number % 2] for number, page in enumerate(listed)]
    gone = frozenset(pick.sample(names, len(names) // 6))
    known = {name: str(pick.randrange(2)) for name in pick.sample(names, pick.randrange(len(names)))}

    def body(name, revision):
        if name in gone:
            raise FileNotFoundError(name)
        return f"{name} {revision}".encode()

    made = source(listed, body=body, rests=frozenset(pick.sample(range(40), 3)))
    with made.connector.open(made.settings, None) as opened:
        expected = list(map(_facts, Stored(made, **known).pulled(Waited(Here("shop.notes", opened)))))
    return made, known, expected


@pytest.mark.parametrize("seed", range(8))
def test_what_is_brought_is_what_is_brought_page_by_page(seed):
    made, known, expected = _random(seed)
    with apart(made) as feed:
        assert list(map(_facts, Stored(made, **known).pulled(feed))) == expected


@pytest.mark.parametrize("seed", range(8))
def test_what_is_brought_together_is_what_is_brought_page_by_page(seed):
    made, known, expected = _random(seed)
    found = []
    with apart(made) as feed:
        for together in Stored(made, **known).pulled_together(feed):
            time.sleep(0.002)
            found += together
            names = [each.external_id for brought in together for each in brought.prepared]
            assert len(names) == len(set(names))
            assert not any(brought.asked.page.rests for brought in together[:-1])
    assert list(map(_facts, found)) == expected


def _waited(made, **known):
    """How many pages were stored at once each time, where those that follow are there by then."""
    with apart(made) as feed:
        found = []
        for together in Stored(made, **known).pulled_together(feed):
            found.append(len(together))
            time.sleep(0.02)
        return found


def test_pages_that_wait_are_stored_together_up_to_so_many_items(monkeypatch):
    monkeypatch.setattr(parent, "TOGETHER", 10)
    found = _waited(source(MANY))
    assert sum(found) == 30
    assert max(found) == 3


def _spoiled(name, revision):
    return 5 if name == "20-1" else f"{name} {revision}".encode()


def test_a_page_that_may_be_refused_is_not_stored_with_those_before_it():
    made = source(MANY, body=_spoiled)
    with apart(made) as feed:
        groups = []
        for together in Stored(made).pulled_together(feed):
            groups.append([brought.asked.page.cursor for brought in together])
            time.sleep(0.02)
    assert "21" in [first for first, *_ in groups]
    assert max(map(len, groups)) > 1


def test_pages_that_name_one_item_are_stored_one_after_the_other():
    again = [[("same", str(number)), (f"{number}", "1")] for number in range(30)]
    assert _waited(source(again)) == [1] * 30


def _facts(brought):
    return brought.asked.page.cursor, brought.prepared, brought.vanished, brought.asked.plan.known


def fail(number):
    if number == 9:
        raise hub.Unreachable("the line is down")


@pytest.mark.parametrize(("act", "says"), [(fail, "line is down"), (lambda n: n != 9 or os._exit(3), "exit code 3")])
def test_what_goes_wrong_is_told_when_its_turn_comes(act, says):
    made, found = source(MANY, act=act), []
    with apart(made) as feed:
        with pytest.raises(hub.HubError, match=says):
            found.extend(Stored(made).pulled(feed))
        assert [one.asked.page.cursor for one in found] == [str(number + 1) for number in range(9)]
        assert feed.streams()


def test_pages_that_are_there_are_not_kept_waiting_by_one_that_is_not():
    made, began = source(MANY, act=lambda number: number != 9 or time.sleep(60)), time.monotonic()
    with apart(made, silence=1.0) as feed:
        pulled = Stored(made).pulled(feed)
        assert len(list(islice(pulled, 9))) == 9
        assert time.monotonic() - began < 5
        with pytest.raises(Inconsistent, match="no sign of life"):
            next(pulled)


def test_who_talks_keeps_no_page_from_being_stored(tmp_path, monkeypatch):
    over = tmp_path / "over"

    def talk(tools, number):
        while number == 5 and not over.exists():
            tools.log.warning("and another thing")

    made = order()

    @contextmanager
    def opened(_settings, tools):
        yield Listed(tools, listed=MANY, act=partial(talk, tools))

    monkeypatch.setattr(made.tools(None, None).log.logger, "disabled", True)
    made = replace(made, connector=replace(made.connector, open=opened))
    with apart(made) as feed:
        pulled = Stored(made).pulled(feed)
        assert [next(pulled).asked.page.cursor for _ in range(5)] == ["1", "2", "3", "4", "5"]
        over.touch()
        assert next(pulled).asked.page.cursor == "6"


def test_after_a_page_that_rests_nothing_is_read_before_it_is_wanted(told):
    made = source(MANY, body=told.read, rests=frozenset({9}))
    with apart(made) as feed:
        for _ in range(2):
            assert len(list(islice(Stored(made).pulled(feed), 10))) == 10
        assert len(told.all()) == 2 * 10 * 3
        assert feed.streams()
        assert len(list(Stored(made).pulled(feed))) == 30


def test_who_stops_while_much_is_read_ahead_can_go_on():
    made = source(MANY)
    with apart(made) as feed:
        for few in (1, 4, 8, 13):
            assert len(list(islice(Stored(made).pulled(feed), few))) == few
            assert feed.streams()
        assert len(list(Stored(made).pulled(feed, "20"))) == 10
