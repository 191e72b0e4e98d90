"""What may not be kept is not kept: policies, never-lists, private events, forgetting."""

from dataclasses import replace
from secrets import token_hex

import pytest

import hub
from hub.core import tokens
from hub.core.policy import Never, Policy
from hub.engine import forget, rebuild
from hub.store import finding, items
from hub.store.body_tables import Blob, Raw, Tombstone
from hub.testing.memory import Memory
from tests.engine.conftest import World, at, company, email, mail

IVAN, ANNA = "ivan@romashka.test", "anna@my.example"
SECRET = "тайнопись"


def _client(world: World) -> World:
    world.memory.add("crm", "1", company(emails=("info@romashka.test",), domain="romashka.test"))
    return world


def _with(world: World, **policy: object) -> World:
    world.policy = Policy(**{"store": "all", **policy})
    return world


def _states(world: World) -> dict[str, str]:
    """State and rule of every item by its id."""
    with world.open() as opened, opened.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT external_id, state, rule FROM item").all()
    return {row[0]: f"{row[1]} {row[2]}".strip() for row in rows}


def _count(world: World, model: type) -> int:
    with world.open() as opened, opened.store.read() as tx:
        return int(tx.connection.exec_driver_sql(f"SELECT count(*) FROM {model.__tablename__}").scalar() or 0)


def _bodies(world: World) -> list[bytes]:
    """What is kept of what the source said, oldest first."""
    with world.open() as opened, opened.store.read() as tx:
        numbers = [row[0] for row in tx.connection.exec_driver_sql("SELECT id FROM item ORDER BY external_id").all()]
        return [body for number in numbers for _, _, body in items.raws(tx, number)]


def _in_files(world: World, word: str) -> list[str]:
    """Where in the database a word is, in any of the forms in which it could be there."""
    forms = {word.encode(), word.casefold().encode(), word.encode("utf-16-le"), word.encode("utf-16-be")}
    return [found for form in forms for found in world.holding(form)]


# --- store -----------------------------------------------------------------------------------------------------------


def test_with_store_all_strangers_are_kept(world):
    world.memory.add("inbox", "1", mail("stranger@gmail.com", ANNA, mid="a@x"))
    _with(world).sync()
    assert _states(world) == {"1": "stored"}


def test_with_store_clients_strangers_leave_hashes_and_nothing_else(world):
    world.memory.add("inbox", "1", mail("stranger@gmail.com", ANNA, mid="a@x", subject=SECRET))
    world.memory.add("inbox", "2", mail("ivan@strannik.test", ANNA, mid="b@x"))
    reports = _with(world, store="clients").sync()
    assert _states(world) == {"1": "excluded no client", "2": "excluded no client"}
    assert reports[0].counts.excluded == reports[0].counts.listed == 2
    assert (_count(world, Raw), _count(world, Blob), _count(world, Tombstone)) == (0, 0, 3)
    assert not [found for word in (SECRET, "stranger@gmail.com", "strannik.test") for found in _in_files(world, word)]


def test_what_was_left_out_is_fetched_once_its_address_is_a_clients(world):
    world.memory.add("inbox", "1", mail(IVAN, ANNA, mid="a@x", subject="Первое"))
    world.memory.add("inbox", "2", mail("petr@gmail.com", ANNA, mid="b@x", subject="Чужое"))
    _with(world, store="clients").sync()
    assert world.clients() == []
    _client(world).sync()
    assert world.history("ООО Ромашка") == ["mail in Первое"]
    assert _states(world) == {"1": "stored", "2": "excluded no client"} | {"1": "stored"}


def test_of_headers_only_who_when_and_the_subject_are_kept(world):
    world.memory.add("inbox", "2", mail(IVAN, ANNA, mid="a@x", subject="Тема", text=f"{SECRET} письма"))
    _with(_client(world), store="headers").sync()
    assert world.history("ООО Ромашка") == ["mail in Тема"]
    assert _states(world)["2"] == "headers"
    assert not [body for body in _bodies(world) if SECRET.encode() in body]
    assert _in_files(world, SECRET) == []


def test_a_policy_that_becomes_stricter_or_wider_counts_for_what_is_known_already(world):
    world.memory.add("inbox", "2", mail(IVAN, ANNA, mid="a@x", subject="Тема", text=f"{SECRET} письма"))
    _with(_client(world), store="headers").sync()
    _with(world, store="all").sync()
    assert _found(world, SECRET) == sum(SECRET.encode() in body for body in _bodies(world)) == 1
    assert b"" not in _bodies(world)
    _with(world, store="headers").sync()
    assert _found(world, SECRET) == len(_bodies(world)) == 0
    assert _in_files(world, SECRET) == []


# --- never -----------------------------------------------------------------------------------------------------------

NEVER = {
    "addresses": ("family@gmail.com", "never address"),
    "domains": ("family.test", "never domain"),
    "folders": ("личное", "never folder"),
    "labels": ("семья", "never label"),
    "keywords": ("отпуск", "never keyword"),
}


@pytest.mark.parametrize("kind", NEVER)
def test_what_is_never_to_be_kept_is_not(world, kind):
    value, rule = NEVER[kind]
    family = {
        "addresses": ("inbox", mail("family@gmail.com", ANNA, mid="n@x", text=SECRET)),
        "domains": ("inbox", mail("mama@post.family.test", ANNA, mid="n@x", text=SECRET)),
        "folders": ("Личное", mail(IVAN, ANNA, mid="n@x", text=SECRET)),
        "labels": ("inbox", mail(IVAN, ANNA, mid="n@x", text=SECRET, labels=("Семья",))),
        "keywords": ("inbox", mail(IVAN, ANNA, mid="n@x", text=SECRET, subject="Про ОТПУСК")),
    }
    stream, said = family[kind]
    world.memory.add(stream, "7", said)
    world.memory.add("inbox", "8", mail(IVAN, ANNA, mid="o@x"))
    _with(_client(world), never=Never(**{kind: frozenset({value})})).sync()
    assert _states(world)["7"] == f"excluded {rule}"
    assert len(world.history("ООО Ромашка")) == 1
    assert _in_files(world, SECRET) == []


# --- private ---------------------------------------------------------------------------------------------------------


def _event(title: str, *, private: bool = False, sequence: int = 0) -> hub.Meeting:
    return hub.Meeting(at=at(12), uid="u1", title=title, private=private, sequence=sequence, text=f"{title}: подробности",
                       participants=(email("organizer", ANNA), email("attendee", "doctor@klinika.test")))  # fmt: skip


def test_a_private_event_leaves_no_trace_but_that_it_was_there(world):
    world.memory.add("calendar", "1", _event(SECRET, private=True))
    reports = _with(world).sync()
    assert reports[0].counts.excluded == 1
    assert _states(world) == {"1": "excluded private"}
    assert (_count(world, Raw), _count(world, Blob), _count(world, Tombstone)) == (0, 0, 0)
    assert not [found for word in (SECRET, "klinika") for found in _in_files(world, word)]


def test_an_event_that_becomes_private_is_gone_from_everywhere(world):
    world.memory.add("calendar", "1", _event(SECRET))
    _with(world).sync()
    assert _found(world, SECRET) == 1
    world.memory.add("calendar", "1", _event(SECRET, private=True, sequence=1))
    world.sync()
    assert _states(world) == {"1": "excluded private"}
    assert _found(world, SECRET) == 0
    assert not [line for line in world.dump() if SECRET.encode() in line or b"klinika" in line]
    assert (_count(world, Raw), _count(world, Blob)) == (0, 0)
    # Single stems may stay in the pages of the search index, belonging to nothing, until SQLite merges them.
    assert not [found for said in (SECRET, "doctor@klinika.test") for found in _in_files(world, said)]


def test_an_event_that_becomes_public_again_is_there_again(world):
    world.memory.add("calendar", "1", _event("Встреча", private=True))
    _with(world).sync()
    world.memory.add("calendar", "1", _event("Встреча", sequence=1))
    world.sync()
    assert _states(world) == {"1": "stored"}


def _found(world: World, word: str) -> int:
    with world.open() as opened, opened.store.read() as tx:
        return len(finding.find(tx, finding.Asked(terms=tokens.query(word)), 10).ids)


# --- forgetting ------------------------------------------------------------------------------------------------------


def _forget(world: World, address: str) -> forget.Forgetting:
    with world.open() as opened:
        return forget.forget(opened, [hub.Identifier("email", address)], author="Анна")


def _to_forget(world: World) -> World:
    world.memory.add(
        "crm",
        "2",
        hub.Contact(name="Мария Забытова", identifiers=(hub.Identifier("email", "maria.zabytova@gmail.com"),)),
    )
    world.memory.add("inbox", "1", mail("maria.zabytova@gmail.com", ANNA, mid="z1@x", subject=SECRET))
    world.memory.add("inbox", "2", mail(IVAN, ANNA, mid="i2@x", subject="Остаётся"))
    world.memory.add("sent", "3", mail(ANNA, "maria.zabytova@gmail.com", mid="z3@x", text=SECRET))
    return _with(_client(world))


def test_who_is_forgotten_is_in_no_byte_of_the_database(world):
    _to_forget(world).sync()
    assert _in_files(world, "maria.zabytova@gmail.com")
    result = _forget(world, "maria.zabytova@gmail.com")
    assert (result.interactions, result.items) == (2, 3)
    for word in ("maria.zabytova", "zabytova", "Забытова", SECRET, "z1@x", "z3@x"):
        assert _in_files(world, word) == [], word
    assert world.history("ООО Ромашка") == ["mail in Остаётся"]


def test_who_is_forgotten_stays_so_through_syncs_rebuilds_and_lost_cursors(world):
    _to_forget(world).sync()
    _forget(world, "maria.zabytova@gmail.com")
    before = world.dump()
    world.sync()
    assert world.dump() == before
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before
    world.memory.lose_cursors()
    world.memory.renumber("inbox")
    world.memory.add("inbox", "9", mail("maria.zabytova@gmail.com", ANNA, mid="z9@x", subject="Снова", refs=("z1@x",)))
    world.sync()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert not [line for line in world.dump() if b"zabytova" in line]
    assert _in_files(world, "maria.zabytova@gmail.com") == []
    assert world.history("ООО Ромашка") == ["mail in Остаётся"]


def test_what_is_in_quarantine_is_not_a_place_where_the_forgotten_survive(world):
    calm = mail("maria.zabytova@gmail.com", ANNA, mid="z1@x")
    world.memory.add("inbox", "1", calm)
    _with(world).sync()
    world.memory.add("inbox", "1", b"From: maria.zabytova@gmail.com, but nothing that can be read")
    world.sync()
    _forget(world, "maria.zabytova@gmail.com")
    assert _in_files(world, "maria.zabytova@gmail.com") == []


# --- raws ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("keep", "kept"), [("all", ["1", "2", "3"]), ("latest", ["3"]), ("none", [])])
def test_as_many_revisions_are_kept_as_is_wished(world, keep, kept):
    _with(world, keep_raw=keep)
    for text in ("1", "2", "3"):
        world.memory.add("inbox", "1", mail(IVAN, ANNA, mid="a@x", text=f"Редакция {text}"))
        world.sync()
    assert [text for body in _bodies(world) for text in "123" if f"Редакция {text}".encode() in body] == kept
    assert _count(world, Raw) == len(kept)
    with world.open() as opened:
        before = world.dump()
        rebuild.rebuild(opened)
    assert world.dump() == before


def test_the_same_bytes_of_two_mailboxes_are_kept_once(world):
    said = mail(IVAN, ANNA, mid="a@x", text=token_hex(2 * items.SMALL))
    with Memory("other").serving() as other:
        world.sources["other"] = other
        for box in (world.memory, other):
            box.add("inbox", "1", said)
        _with(world).sync()
        assert (_count(world, Raw), _count(world, Blob)) == (2, 1)
        world.sources.clear()


def test_an_amended_item_that_is_headers_only_keeps_no_raw(world):
    _with(_client(world), store="headers")
    world.memory.add("inbox", "1", mail(IVAN, ANNA, mid="a@x"))
    world.sync()
    world.memory.add("inbox", "1", replace(mail(IVAN, ANNA, mid="a@x"), text=SECRET))
    world.sync()
    assert not [body for body in _bodies(world) if SECRET.encode() in body]
