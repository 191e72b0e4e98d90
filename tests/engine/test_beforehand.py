"""What records say by themselves is made out before the database is taken; it leads to what would be made out later."""

import pytest

import hub
from hub.core.decisions import read
from hub.core.duplicates import Member
from hub.core.policy import Policy
from hub.engine import news, page
from hub.projection import weaving
from hub.projection.weaving import Context
from hub.store.lines import Kept
from hub.testing import Memory
from tests.engine.conftest import OURS, World, at, company, email, mail

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
