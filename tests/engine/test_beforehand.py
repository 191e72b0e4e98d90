"""What records say by themselves is made out before the database is taken, here or where they are read; it leads to what would
be made out later.
"""

import time
from collections import Counter
from itertools import islice

import pytest

import hub
from hub.core.clients import Ours
from hub.core.decisions import read
from hub.core.duplicates import Member
from hub.core.policy import Policy
from hub.engine import news, page
from hub.engine.apart import parent, wire
from hub.engine.feed import Asked
from hub.projection import beforehand, weaving
from hub.projection.weaving import Context
from hub.settings import Limits
from hub.store.lines import Kept
from hub.testing import Memory
from tests.engine.conftest import OURS, World, at, company, email, mail
from tests.engine.notes import PLACE, apart
from tests.engine.test_reading_ahead import MANY, Stored, source

BORIS, IVAN = "boris@gmail.example", "ivan@romashka.test"
PEOPLE = (hub.Participant("client", hub.Identifier("email", IVAN)), email("author", BORIS))


def said():
    """What one stream brings, three to a page: of every kind, parts of one meeting, copies and the same mail twice; users come
    in the middle, and go again.
    """
    yield company("ООО Ромашка", emails=(IVAN,), domain="romashka.test", phones=("+74951234567",))
    yield hub.Contact(
        name="Иван", identifiers=(hub.Identifier("email", IVAN), hub.Identifier("phone", "8 495 123-45-67"))
    )
    yield mail(IVAN, "anna@my.example", mid="a@x", subject="Вопрос")
    yield mail(BORIS, IVAN, mid="b@x", subject="Ответ", day=2, refs=("a@x",))
    yield mail(BORIS, IVAN, mid="b@x", subject="Ответ", day=2, refs=("a@x",))
    yield mail(BORIS, IVAN, subject="Ответ", text="Текст b@x", day=2)
    yield hub.Call(at=at(3), seconds=60, direction="in", title="Звонок", text="о поставке", participants=PEOPLE)
    yield hub.User(name="Борис Кузнецов", identifiers=(hub.Identifier("email", BORIS),))
    yield hub.Note(at=at(4), title="Заметка", text="ждёт счёт", participants=PEOPLE)
    yield hub.Meeting(uid="m", at=at(5), end=at(5, 10), title="Встреча", participants=PEOPLE)
    yield hub.Meeting(uid="m", at=at(5, 12), end=at(5, 13), sequence=1, title="Встреча позже", participants=PEOPLE)
    yield hub.Deal(at=at(6), title="Насосы", stage="new", participants=PEOPLE)
    yield mail("petr@lotos.test", BORIS, mid="c@x", subject="Чужое", day=7)
    yield hub.Contact(name="Пётр", identifiers=(hub.Identifier("email", "petr@lotos.test"),))
    yield mail(IVAN, BORIS, mid="d@x", subject="Ещё вопрос", text="Спасибо!", day=8, refs=("b@x",))


@pytest.fixture
def memory():
    with Memory("source", page_size=3).serving() as served:
        for number, record in enumerate(said()):
            served.add("all", str(number), record)
        yield served


@pytest.mark.parametrize("store", ["all", "clients", "headers"])
def test_it_is_what_would_be_made_out_later(memory, tmp_path, monkeypatch, store):
    one, other = (World(tmp_path / name, memory, Policy(store=store)) for name in ("one", "other"))
    found, usual = [], news._beforehand

    def both():
        monkeypatch.setattr(news, "_beforehand", lambda *given: found.append(usual(*given)) or found[-1])
        one.sync()
        monkeypatch.setattr(news, "_beforehand", lambda *_given: None)
        other.sync()
        assert one.dump() == other.dump()

    both()
    assert found[0] is None
    made = [each for each in found if each is not None]
    assert any(each.nodes for each in made)
    assert any(each.statements for each in made) is (store != "headers")
    assert any(each.people for each in made) is (store == "clients")
    for number in (6, 8, 11, 20, 21):
        memory.add(
            "all", str(number), hub.Note(at=at(3), title=f"Заметка {number}", text="о возврате", participants=PEOPLE)
        )
    memory.add(
        "all", "10", hub.Meeting(uid="m", at=at(9), end=at(9, 10), sequence=2, title="Встреча", participants=PEOPLE)
    )
    memory.delete("all", "7")
    both()


def test_a_line_that_was_made_out_stands_in_its_own_family_only():
    context = Context(OURS, read(()))
    kept = Kept(1, 2, 2, Member("crm/notes/1", hub.Note(at=at(1), title="Заметка"), "crm"), name="note:crm/notes/1")
    line = weaving.alone(kept, context)
    assert weaving.weave([kept], {2: line}, context) == [line]
    (elsewhere,) = weaving.weave([kept._replace(family=3)], {2: line}, context)
    assert elsewhere.family == 3


def test_what_is_mostly_not_stored_is_not_made_out(memory, tmp_path, monkeypatch):
    for number in range(100, 130):
        memory.add("all", str(number), mail(f"x{number}@elsewhere.test", "anna@my.example", mid=f"{number}@x", day=20))
    asked, usual = [], page.beforehand
    monkeypatch.setattr(page, "beforehand", lambda *given, stored: asked.append(stored) or usual(*given, stored=stored))
    World(tmp_path, memory, Policy(store="clients")).sync()
    assert asked
    assert not any(asked[:9]), "thirty strangers are the most recent"


# --- where they are read -------------------------------------------------------------------------------------------


@pytest.fixture
def slow(monkeypatch):
    """Whoever stores takes so long that whoever reads is ahead. Returns what was stored, and the items of it that were made out
    where they were read.
    """
    stored, usual = [], page.beforehand

    def late(place, prepared, terms, **how):
        time.sleep(0.04)
        made = usual(place, prepared, terms, **how)
        stored.extend((one.external_id, made.holds(one.alone)) for one in prepared)
        return made

    monkeypatch.setattr(page, "beforehand", late)
    monkeypatch.setattr(parent, "TOGETHER", 3)
    return stored


def apart_and_here(tmp_path, memory, monkeypatch, store="all"):
    """One world whose source reads ahead in a process of its own, one that makes out nothing there."""
    worlds = [World(tmp_path / name, memory, Policy(store=store)) for name in ("one", "other")]
    for world, ours in zip(worlds, (news._ours, lambda _one: None), strict=True):
        with monkeypatch.context() as patched:
            patched.setattr(news, "_ours", ours)
            world.sync(limits=Limits())
    return worlds


@pytest.mark.parametrize("store", ["all", "clients"])
def test_what_is_made_out_where_records_are_read_is_what_would_be_made_out_here(
    tmp_path, memory, monkeypatch, slow, store
):
    for number in range(100, 220):
        deal = hub.Deal(at=at(9), title=f"Сделка {number}", text="о поставке", stage="new", participants=PEOPLE)
        memory.add("all", str(number), deal if number % 3 else hub.Contact(name=f"Пётр {number}"))
    memory.add("all", "220", company("ООО Ромашка", domain="romashka.test"))
    one, other = apart_and_here(tmp_path, memory, monkeypatch, store)
    assert one.dump() == other.dump()
    assert len(list(one.dump())) > 400
    assert Counter(holds for _, holds in slow)[True] > 40


def test_who_joins_meanwhile_is_one_of_us_in_all_that_comes_after(tmp_path, memory, monkeypatch, slow):
    """What was read ahead for those that we were before is made out again."""
    for number in range(100, 190):
        writer = f"new{number // 40}@gmail.example"
        user = hub.User(name=f"Новый {number}", identifiers=(hub.Identifier("email", writer),))
        memory.add("all", str(number), user if number % 40 == 35 else mail(writer, IVAN, mid=f"{number}@x", day=9))
    one, other = apart_and_here(tmp_path, memory, monkeypatch)
    assert one.dump() == other.dump()
    assert set(Counter(holds for _, holds in slow)) == {True, False}


class Known(Stored):
    """Who says who we are when a page is chosen."""

    ours = OURS

    def choose(self, page):
        return Asked(**{**vars_of(super().choose(page)), "ours": self.ours})


def vars_of(asked):
    return {name: getattr(asked, name) for name in asked.__slots__}


def test_it_is_made_out_for_those_who_we_are_by_then():
    made, found = source(MANY), []
    with apart(made) as feed:
        choosing, others = Known(made), [OURS, Ours(domains=frozenset({"other.example"})), None, OURS]
        for number, brought in enumerate(choosing.pulled(feed)):
            time.sleep(0.02)
            choosing.ours = others[number // 8]
            found += [(number, one) for one in brought.prepared]
    told = [(number, one.alone.ours) for number, one in found if one.alone is not None]
    assert {ours for _, ours in told} == {OURS, others[1]}
    assert all(ours in others[: number // 8 + 1] for number, ours in told)
    for _, one in found:
        if one.alone is not None:
            context = Context(one.alone.ours, read(()))
            assert one.alone == beforehand.alone(one.item, PLACE.name(one.external_id), one.records, one.words, context)


def test_what_was_made_out_for_those_who_we_were_is_told_from_it():
    known, other = parent._Known(), Ours(domains=frozenset({"other.example"}))
    number, said = known.told(OURS)
    assert wire.ours_of(said) == OURS
    assert known.told(OURS) == (number, said), "told until it has answered by it"
    assert known.by(number) is OURS
    assert known.told(OURS) == (number, None)
    later, said = known.told(other)
    assert known.by(number) is None
    assert known.told(other) == (later, said)
    assert known.by(later) is other
    assert parent._Known().told(OURS)[0] not in (number, later), "nor do two pulls speak of two by one number"
    assert parent._Known().by(0) is None


def test_who_is_not_ahead_makes_out_nothing():
    made = source(MANY, act=lambda _number: time.sleep(0.03))
    with apart(made) as feed:
        brought = [one for brought in Known(made).pulled(feed) for one in brought.prepared]
    assert len(brought) == 90
    assert sum(one.alone is not None for one in brought) < 12, "but for what was asked for before anything was stored"


def test_a_pull_begins_without_what_the_one_before_it_was_told():
    made = source(MANY)
    with apart(made) as feed:
        for ours in (OURS, Ours(domains=frozenset({"other.example"})), OURS):
            choosing = Known(made)
            choosing.ours = ours
            for brought in islice(choosing.pulled(feed), 20):
                time.sleep(0.01)
                assert all(one.alone is None or one.alone.ours is ours for one in brought.prepared)
                assert brought.asked.plan.fresh


def test_where_plugins_have_a_say_nothing_is_made_out_elsewhere(tmp_path, memory, monkeypatch, slow):
    for number in range(100, 160):
        memory.add("all", str(number), hub.Deal(at=at(9), title=f"Сделка {number}", participants=PEOPLE))
    monkeypatch.setattr(Context, "is_plain", property(lambda _one: False))
    World(tmp_path, memory).sync(limits=Limits())
    assert {holds for _, holds in slow} == {False}
