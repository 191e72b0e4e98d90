"""What a pull leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.engine import sync as syncing
from hub.errors import AskedToWait, SuddenlyEmpty, Unreachable
from hub.store import pulls
from hub.testing import memory
from tests.engine.conftest import company, mail


def test_pulling_twice_changes_nothing(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for number in range(10):
        world.memory.add(
            "inbox", str(number), mail("ivan@romashka.test", "anna@my.example", mid=f"m{number}@x", day=number + 1)
        )
    world.sync()
    before = world.dump()
    reports = world.sync()
    assert world.dump() == before
    assert sum(report.counts.stored for report in reports) == 0


def test_a_client_list_and_mails_become_one_history(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    world.memory.add("inbox", "1", mail("ivan@romashka.test", "anna@my.example", mid="a@x", subject="Вопрос"))
    world.memory.add(
        "inbox", "2", mail("anna@my.example", "ivan@romashka.test", mid="b@x", subject="Ответ", day=2, refs=("a@x",))
    )
    world.memory.add("inbox", "3", mail("petr@other.test", "anna@my.example", mid="c@x", subject="Чужое"))
    world.sync()
    assert world.history("ООО Ромашка") == ["mail out Ответ", "mail in Вопрос"]


def test_the_same_mail_in_two_mailboxes_is_one_interaction(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for box in ("anna", "boris"):
        world.memory.add(box, "1", mail("ivan@romashka.test", "anna@my.example", mid="a@x"))
    world.sync()
    assert len(world.history("ООО Ромашка")) == 1


def test_writing_to_a_corporate_domain_makes_it_a_client(world):
    world.memory.add("sent", "1", mail("anna@my.example", "ivan@vasilek.test", mid="a@x", subject="Предложение"))
    world.memory.add("sent", "2", mail("anna@my.example", "someone@gmail.com", mid="b@x"))
    world.sync()
    assert world.clients() == ["vasilek.test"]
    assert world.history("vasilek.test") == ["mail out Предложение"]


def test_a_stream_that_is_suddenly_empty_is_not_believed(world):
    for number in range(10):
        world.memory.add("inbox", str(number), mail("ivan@romashka.test", "anna@my.example", mid=f"m{number}@x"))
    world.sync()
    for number in range(10):
        world.memory.delete("inbox", str(number))
    reports = world.sync(expect="failed")
    assert isinstance(reports[0].error, SuddenlyEmpty)


@pytest.fixture
def resting(monkeypatch):
    """Every page of every source rests, the last one too. Returns what was brought, page by page."""
    usual, brought = memory._Source.pull, []

    def pull(self, stream, cursor, /):
        for page in usual(self, stream, cursor):
            brought.append((stream, [raw.external_id for raw in page.raws]))
            yield replace(page, rests=True)

    monkeypatch.setattr(memory._Source, "pull", pull)
    return brought


def test_streams_that_rest_come_in_turns_and_to_an_end(world, resting):
    for stream in ("anna", "boris"):
        for number in range(3):
            word = f"{stream}{number}"
            world.memory.add(stream, str(number), mail("ivan@romashka.test", "anna@my.example", mid=f"{word}@x"))
    world.memory.page_size = 1
    reports = world.sync()
    assert [(report.stream, report.state, report.counts.stored) for report in reports] == [
        ("anna", "ok", 3), ("boris", "ok", 3),
    ]  # fmt: skip
    assert [stream for stream, raws in resting if raws] == ["anna", "boris"] * 3
    assert {report.counts.stored for report in world.sync()} == {0}


def test_a_stream_may_go_without_a_word_if_others_tell_of_all_that_it_held(world):
    for stream, mids in (("anna", "ab"), ("boris", "abc"), ("clara", "cd")):
        for mid in mids:
            world.memory.add(stream, mid, mail("ivan@romashka.test", "anna@my.example", mid=f"{mid}@x"))
    world.sync()
    del world.memory.shelves["anna"]
    assert {report.state for report in world.sync()} == {"ok"}
    del world.memory.shelves["boris"], world.memory.shelves["clara"]
    bad, _clara = world.sync(expect="failed")
    assert (bad.stream, type(bad.error)) == ("boris", SuddenlyEmpty), "nobody else tells of a and b any more"


def test_rebuilding_gives_the_same_bytes(world):
    from hub.engine import rebuild

    world.memory.add("crm", "1", company(emails=("info@romashka.test",), inn="7707083893"))
    world.memory.add("crm", "2", company("Ромашка ООО", inn="7707083893", domain="romashka.test"))
    for number in range(10):
        world.memory.add(
            "inbox",
            str(number),
            mail("ivan@romashka.test", "anna@my.example", mid=f"m{number}@x", refs=(f"m{number - 1}@x",)),
        )
    world.sync()
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before
    assert len(world.history("ООО Ромашка")) == 10


def test_who_waits_for_his_turn_and_is_told_to_stop_has_stopped_and_not_failed(world):
    faults = world.memory.faults
    for number in range(7):
        world.memory.add("inbox", str(number), mail("ivan@romashka.test", "anna@my.example", mid=f"m{number}@x"))
    for state, stopping in (("stopped", lambda: not faults), ("failed", lambda: False)):
        world.memory.fail("inbox", page=1, error=AskedToWait("not your turn", until=world.now))
        assert len(world.sync(expect=state, stopping=stopping)) == 1


def test_a_stream_of_which_nothing_was_ever_read_goes_when_the_source_names_it_no_longer(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    world.memory.stream("anna")
    world.memory.faults["anna", 1] = Unreachable("cannot be told")
    world.memory.add("anna", "1", mail("ivan@romashka.test", "anna@my.example", mid="a@x"))
    world.now += timedelta(minutes=5)
    with world.open() as opened:
        assert [one.state for one in syncing.sync(opened, syncing.Wish())] == ["ok", "failed"]
    world.memory.shelves["anna/work"] = world.memory.shelves.pop("anna")
    world.sync()
    with world.open() as opened, opened.store.read() as tx:
        assert [row.name for row in pulls.streams(tx)] == ["anna/work", "crm"]
