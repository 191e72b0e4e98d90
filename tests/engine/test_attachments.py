"""Attached files: fetched as the policy says, after what they came with is stored; kept once; gone with it."""

import random

import pytest
from sqlalchemy import event, func, select

import hub
from hub.core.policy import Never, Policy
from hub.engine import forget, on_demand, rebuild
from hub.engine import sync as syncing
from hub.errors import HubError, StoreUnusable
from hub.settings import Limits
from hub.store import attachments, items, lines
from hub.store.body_tables import Attachment, Blob
from hub.store.database import table
from hub.store.encoding import Packed
from hub.store.tables import Wanted
from hub.testing.memory import Memory
from tests.engine.conftest import World, company, mail

PRICES, SCAN = b"%PDF prices" * 100, random.Random(1).randbytes(20_000)
"""What cannot be compressed stands in the database as it is."""


def _attached(*files: tuple[str, bytes]) -> tuple[hub.Attachment, ...]:
    return tuple(hub.Attachment(str(n), name, "application/pdf", len(body)) for n, (name, body) in enumerate(files, 2))


def _put(
    world: World, name: str, *files: tuple[str, bytes], sender: str = "ivan@romashka.test", **more: object
) -> None:
    letter = mail(sender, "anna@my.example", mid=f"{name}@x", subject=name, attachments=_attached(*files), **more)
    world.memory.add("inbox", name, letter)
    for number, (_, body) in enumerate(files, 2):
        world.memory.attach("inbox", name, str(number), body)


def _with(world: World, **policy: object) -> World:
    world.policy = Policy(**{"store": "all", **policy})
    return world


def _counts(world: World) -> tuple[int, int]:
    """How many files are there, and how many are still wanted."""
    with world.open() as opened, opened.store.read() as tx:
        return tuple(tx.scalar(select(func.count()).select_from(table(one))) for one in (Attachment, Wanted))


def _blobs(world: World) -> set[bytes]:
    with world.open() as opened, opened.store.read() as tx:
        found = [row[0] for row in tx.rows(select(table(Blob).c.sha256))]
    return set(found)


def _files(world: World, key: str) -> list[attachments.File]:
    with world.open() as opened, opened.store.read() as tx:
        number = lines.by_key(tx, f"mail:{key}@x")
        assert number is not None
        return [one for copies in attachments.of_interaction(tx, number).values() for one in copies]


def _get(world: World, key: str, part: str = "2") -> bytes:
    copies = [one for one in _files(world, key) if one.stated.part == part]
    with world.open() as opened:
        with opened.store.read() as tx:
            body = on_demand.here(tx, copies)
        return on_demand.fetched(opened, copies) if body is None else body


@pytest.mark.parametrize(
    ("wanted", "there"), [(0, 0), (len(PRICES), 1), (len(PRICES) - 1, 0), (len(SCAN), 2), (None, 2)]
)
def test_what_the_policy_wants_is_fetched_by_the_sync(world, wanted, there):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    _with(world, attachments=wanted).sync()
    assert _counts(world) == (there, 0)


def test_a_file_that_came_twice_is_kept_once(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _put(world, "b", ("Прайс.pdf", PRICES))
    _with(world, attachments=None).sync()
    assert _counts(world) == (2, 0)
    assert len(_blobs(world)) == 1


def test_another_sync_fetches_nothing_again(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _with(world, attachments=None).sync()
    world.memory.files.clear()
    world.sync()
    assert _get(world, "a") == PRICES


def test_a_policy_that_wants_more_fetches_what_is_missing_and_one_that_wants_less_fetches_no_more(world):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    _with(world, attachments=0).sync()
    _with(world, attachments=len(PRICES)).sync()
    assert _counts(world) == (1, 0)
    _with(world, attachments=None).sync()
    assert _counts(world) == (2, 0)
    _put(world, "b", ("Скан.pdf", SCAN))
    _with(world, attachments=0).sync()
    assert _counts(world) == (2, 0)


def test_of_what_is_excluded_nothing_is_ever_fetched(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _put(world, "b", ("Скан.pdf", SCAN), sender="stranger@gmail.com")
    world.memory.add("clients", "1", company(domain="romashka.test"))
    never = Never(keywords=frozenset({"a"}))
    _with(world, store="clients", never=never, attachments=None).sync()
    assert _counts(world) == (0, 0)
    _with(world, store="headers", attachments=None).sync()
    assert _counts(world) == (0, 0)


def test_what_a_rule_takes_out_later_goes_with_its_files(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _with(world, attachments=None).sync()
    _with(world, attachments=None, never=Never(addresses=frozenset({"ivan@romashka.test"}))).sync()
    assert _counts(world) == (0, 0)
    assert _blobs(world) == set()


def test_forgetting_removes_files_that_nobody_else_has(world):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    _put(world, "b", ("Цены.pdf", PRICES), sender="olga@stroika.test")
    _with(world, attachments=None).sync()
    assert world.holding(SCAN[5_000:5_100])
    with world.open() as opened:
        forget.forget(opened, [hub.Identifier("email", "ivan@romashka.test")], author="Анна")
    assert _counts(world) == (1, 0)
    assert _get(world, "b") == PRICES
    assert len(_blobs(world)) == 1
    assert not world.holding(SCAN[5_000:5_100])


def test_a_file_that_was_not_fetched_comes_from_the_source_when_it_is_asked_for_and_is_there_from_then_on(world):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    world.sync()
    assert _counts(world) == (0, 0)
    assert _get(world, "a", "3") == SCAN
    world.memory.files.clear()
    assert _get(world, "a", "3") == SCAN
    with pytest.raises(HubError, match=r"no longer has Цены\.pdf"):
        _get(world, "a")


def test_another_copy_of_the_mail_gives_it_where_the_first_is_gone(world):
    with Memory("second").serving() as second:
        world.sources["second"] = second
        _put(world, "a", ("Цены.pdf", PRICES))
        letter = mail("ivan@romashka.test", "anna@my.example", mid="a@x", subject="a", attachments=_attached(("Цены.pdf", PRICES)))  # fmt: skip
        second.add("inbox", "77", letter)
        second.attach("inbox", "77", "2", PRICES)
        world.sync()
        world.memory.files.clear()
        assert len(_files(world, "a")) == 2
        assert _get(world, "a") == PRICES


def test_what_the_source_no_longer_has_is_given_up(world):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    del world.memory.files["inbox/a/2"]
    _with(world, attachments=None).sync()
    assert _counts(world) == (1, 0)


def test_a_file_that_is_larger_than_it_said_is_not_kept(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    world.memory.files["inbox/a/2"] = SCAN
    _with(world, attachments=len(PRICES)).sync()
    assert _counts(world) == (0, 0)


class Stubborn(dict):
    """Files of which some cannot be read: that is told by a function of the name and of how often one was asked for."""

    def __init__(self, files, is_broken):
        super().__init__(files)
        self.is_broken, self.asked = is_broken, 0

    def __getitem__(self, name):
        self.asked += 1
        if self.is_broken(name, self.asked):
            raise hub.Unreachable("The disk does not answer")
        return super().__getitem__(name)


def test_one_file_that_cannot_be_read_holds_up_no_other_and_is_tried_again(world):
    for name in "abcd":
        _put(world, name, ("Цены.pdf", PRICES + name.encode()))
    whole = dict(world.memory.files)
    world.memory.files = Stubborn(whole, lambda name, _: name == "inbox/b/2")
    _with(world, attachments=None).sync()
    assert _counts(world) == (3, 1)
    world.memory.files = whole
    world.sync()
    assert _counts(world) == (4, 0)


def test_a_source_that_fails_again_and_again_is_left_and_says_so(world):
    for name in "abcdef":
        _put(world, name, ("Цены.pdf", PRICES + name.encode()))
    world.memory.files = Stubborn({}, lambda *_: True)
    with world.open() as opened:
        opened.config = _with(world, attachments=None).config
        reports = syncing.sync(opened, syncing.Wish())
    assert [str(report.error) for report in reports if report.error] == ["The disk does not answer"]
    assert world.memory.files.asked == 3
    assert _counts(world) == (0, 6)


def test_a_source_that_fails_now_and_then_is_asked_for_all(world):
    for name in "abcdefgh":
        _put(world, name, ("Цены.pdf", PRICES + name.encode()))
    world.memory.files = Stubborn(world.memory.files, lambda _, asked: asked % 2)
    _with(world, attachments=None).sync()
    assert _counts(world) == (4, 4)


def test_what_is_wanted_no_more_or_can_no_longer_be_read_is_fetched_no_more(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _put(world, "b", ("Скан.pdf", SCAN))
    world.memory.files = Stubborn(world.memory.files, lambda *_: True)
    _with(world, attachments=None).sync()
    assert _counts(world) == (0, 2)
    world.memory.add("inbox", "b", b"rubbish")
    world.sync()
    assert _counts(world) == (0, 1)
    _with(world, attachments=0).sync()
    assert _counts(world) == (0, 0)


def test_a_file_is_kept_once_whoever_was_quicker_and_never_of_what_has_been_taken_out_meanwhile(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    world.sync()
    [file] = _files(world, "a")
    packed = Packed.of(PRICES)
    with world.open() as opened, opened.store.write() as tx:
        assert attachments.keep(tx, file.item, "2", packed)
        assert attachments.keep(tx, file.item, "2", packed)
        assert [row[0] for row in tx.rows(select(table(Blob).c.uses).where(table(Blob).c.sha256 == packed.sha256))] == [1]  # fmt: skip
        items.set_item(tx, file.item, state="excluded")
        assert not attachments.keep(tx, file.item, "3", packed)
    assert _counts(world) == (1, 0)


def test_another_revision_has_other_files(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _with(world, attachments=None).sync()
    _put(world, "a", ("Скан.pdf", SCAN), text="Исправлено")
    world.sync()
    assert _get(world, "a") == SCAN
    assert _counts(world) == (1, 0)


def test_a_rebuild_leaves_the_files_where_they_are_and_changes_nothing(world):
    _put(world, "a", ("Цены.pdf", PRICES))
    _with(world, attachments=None).sync()
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before
    world.memory.files.clear()
    assert _get(world, "a") == PRICES


def test_dying_between_fetch_and_store_and_starting_over_ends_with_the_file(world, monkeypatch):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    _with(world, attachments=None)
    kept = attachments.keep
    monkeypatch.setattr(attachments, "keep", _die)  # between the two there is no other seam
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    assert _counts(world) == (0, 2)
    monkeypatch.setattr(attachments, "keep", kept)
    world.sync()
    assert _counts(world) == (2, 0)
    assert len(_blobs(world)) == 2


def _die(*_arguments: object) -> None:
    raise KeyboardInterrupt


def _limited(connection, _record):
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 60}")


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_disk_that_fills_up_while_files_are_kept_stops_the_sync_and_the_next_goes_on(world):
    for name in "abcd":
        _put(world, name, ("Скан.pdf", random.Random(name).randbytes(100_000)))
    _with(world, attachments=None)
    with world.open() as opened:
        opened.store.writer.dispose()
        event.listen(opened.store.writer, "connect", _limited)
        with pytest.raises(StoreUnusable, match="the disk is full"):
            syncing.sync(opened, syncing.Wish())
    there, wanted = _counts(world)
    assert 0 < there < 4
    assert there + wanted == 4
    world.sync()
    assert _counts(world) == (4, 0)


def test_a_source_in_a_process_of_its_own_gives_its_files(world):
    _put(world, "a", ("Цены.pdf", PRICES), ("Скан.pdf", SCAN))
    del world.memory.files["inbox/a/3"]
    _with(world, attachments=None).sync(limits=Limits())
    assert _counts(world) == (1, 0)
    assert _get(world, "a") == PRICES
