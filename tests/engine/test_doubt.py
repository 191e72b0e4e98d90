"""What a plugin's author gets wrong is told in a sentence that names the place and what is due there."""

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

import hub
from hub.engine import doubt
from hub.engine.mapping import Maker
from hub.errors import Inconsistent
from hub.testing.trial import Trial
from tests.engine.notes import HORIZON, NOW, PLACE, apart, note, order

RAW = hub.Raw("1", "1", b"{}")


def page(**other):
    return hub.Page(**{"listed": 1, "raws": [RAW], "cursor": "1"} | other)


@dataclass
class Ring:
    given: object = field(default_factory=lambda: [hub.Stream("calls")])
    pulled: object = ()

    def check(self): ...

    def streams(self):
        return self.given

    def pull(self, stream, cursor, /):
        return self.pulled


class NoCheck:
    streams = pull = print


def ring(opened):
    return hub.Connector(
        name="ring.http", title="Ring", settings=hub.Settings, open=lambda *_: opened, map=lambda *_: []
    )


def generator():
    yield Ring()


TOOLS = hub.Tools(clock=lambda: NOW, log=logging.LoggerAdapter(logging.getLogger("ring")), stopping=lambda: False)


@pytest.mark.parametrize(
    ("opens", "says"),
    [
        (Ring(), "open() of the plugin ring.http gave Ring where a context manager is due"),
        (None, "open() of the plugin ring.http gave NoneType where a context manager is due"),
        (generator(), "open() of the plugin ring.http gave generator where a context manager is due"),
        (nullcontext(), "what open() of the plugin ring.http gives has no method check()"),
        (nullcontext(NoCheck()), "what open() of the plugin ring.http gives has no method check()"),
    ],
)
def test_what_is_no_source_is_told_by_what_it_lacks(opens, says):
    with pytest.raises(Inconsistent) as refused, doubt.opened(ring(opens), hub.Settings(), TOOLS):
        pass
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (None, "streams() of the plugin ring.http gave NoneType where list[hub.Stream] is due"),
        (hub.Stream("calls"), "streams() of the plugin ring.http gave Stream where list[hub.Stream] is due"),
        ("calls", "streams() of the plugin ring.http gave str where list[hub.Stream] is due"),
        (["calls"], "streams() of the plugin ring.http gave str where hub.Stream is due"),
        ([hub.Stream(7)], "Stream.name of the plugin ring.http gave int where str is due"),
        ([hub.Stream("calls", None)], "Stream.title of the plugin ring.http gave NoneType where str is due"),
        ([hub.Stream("")], "Stream.name of the plugin ring.http is empty, longer than 4096 characters, or no text"),
        (
            [hub.Stream("a", "Calls"), hub.Stream("a", "Deals")],
            "streams() of the plugin ring.http gave two streams of the name a",
        ),
    ],
)
def test_what_are_no_streams_is_told_by_what_came(named, says):
    with pytest.raises(Inconsistent) as refused:
        doubt.streams("ring.http", Ring(named))
    assert str(refused.value) == says


def test_a_server_that_names_a_stream_twice_is_read_once():
    assert doubt.streams("ring.http", Ring([hub.Stream("INBOX"), hub.Stream("INBOX")])) == [hub.Stream("INBOX")]


@pytest.mark.parametrize(
    ("pulled", "says"),
    [
        (None, "pull() of the plugin ring.http gave NoneType where Iterator[hub.Page] is due"),
        (page(), "pull() of the plugin ring.http gave Page where Iterator[hub.Page] is due"),
        ([None], "pull() of the plugin ring.http gave NoneType where hub.Page is due"),
        ([page(cursor={"after": 7})], "Page.cursor of the plugin ring.http gave dict where str is due"),
        ([page(epoch=3)], "Page.epoch of the plugin ring.http gave int where str is due"),
        ([page(listed="7")], "Page.listed of the plugin ring.http gave str where int is due"),
        ([page(raws=None)], "Page.raws of the plugin ring.http gave NoneType where list[hub.Raw] is due"),
        ([page(raws=iter([RAW]))], "Page.raws of the plugin ring.http gave list_iterator where list[hub.Raw] is due"),
        ([page(raws=[{"id": 1}])], "Page.raws of the plugin ring.http gave dict where hub.Raw is due"),
        ([page(raws=[hub.Raw(1, "1", b"")])], "Raw.external_id of the plugin ring.http gave int where str is due"),
        ([page(raws=[hub.Raw("1", 1.5, b"")])], "Raw.revision of the plugin ring.http gave float where str is due"),
        (
            [page(raws=[hub.Raw("", "1", b"")])],
            "Raw.external_id of the plugin ring.http is empty, longer than 4096 characters, or no text",
        ),
        (
            [page(raws=[hub.Raw("\ud800", "1", b"")])],
            "Raw.external_id of the plugin ring.http is empty, longer than 4096 characters, or no text",
        ),
        (
            [page(raws=[hub.Raw("1", "\0", b"")])],
            "Raw.revision of the plugin ring.http is empty, longer than 4096 characters, or no text",
        ),
    ],
)
def test_what_are_no_pages_is_told_by_what_came(pulled, says):
    with pytest.raises(Inconsistent) as refused:
        list(doubt.pages("ring.http", Ring(pulled=pulled), "calls", None))
    assert str(refused.value) == says
    assert refused.value.fix == "tell the plugin's author"


@pytest.mark.parametrize(
    "other", [hub.Raw("1", "1", b"[]"), hub.Raw("1", "2", b"[]"), hub.Raw("1", "2", lambda: b"{}")]
)
def test_two_items_of_one_name_are_refused_before_one_takes_the_place_of_the_other(other):
    brought = [page(listed=3, raws=[RAW, hub.Raw("2", "1", b"{}"), other])]
    with pytest.raises(Inconsistent) as refused:
        list(doubt.pages("ring.http", Ring(pulled=brought), "calls", None))
    assert str(refused.value) == "the plugin ring.http brought different items of one page under the name 1"
    assert "external_id of its own" in refused.value.fix


def test_an_item_that_comes_again_is_no_other_item():
    again = page(listed=2, raws=[RAW, hub.Raw("1", "2", b"{}")])
    assert list(doubt.pages("ring.http", Ring(pulled=[again]), "calls", None)) == [again]


def test_other_content_under_one_revision_is_refused_on_a_later_page_too():
    first, between = page(), page(listed=1, raws=[hub.Raw("2", "1", b"{}")], cursor="2")
    again = page(listed=1, raws=[hub.Raw("1", "1", b"[]")], cursor="3")
    brought = doubt.pages("ring.http", Ring(pulled=[first, between, again]), "calls", None)
    assert [next(brought), next(brought)] == [first, between]
    with pytest.raises(Inconsistent) as refused:
        next(brought)
    assert str(refused.value) == (
        "the plugin ring.http brought 1 again in one pull, with other content under the same revision"
    )
    assert "another revision when it changes" in refused.value.fix


@pytest.mark.parametrize(
    ("again", "epoch"),
    [
        (RAW, ""),
        (hub.Raw("1", "2", b"[]"), ""),
        (hub.Raw("1", "1", lambda: b"[]"), ""),
        (hub.Raw("1", "1", b"[]"), "of another epoch"),
    ],
)
def test_what_comes_again_as_it_was_or_with_another_revision_is_believed(again, epoch):
    pages = [page(), page(raws=[again], cursor="2", epoch=epoch)]
    assert list(doubt.pages("ring.http", Ring(pulled=pages), "calls", None)) == pages


def test_a_pull_remembers_only_the_items_that_came_last():
    doubting = doubt.Doubt("ring.http")
    for number in range(3):
        raws = [hub.Raw(f"{number}-{n}", "1", b"{}") for n in range(doubt.RECENT // 2)]
        doubting.look(page(listed=len(raws), raws=raws, cursor=str(number)))
    assert len(doubting.recent) == doubt.RECENT
    assert next(iter(doubting.recent)) == hash(("1-0", "1"))


def circle(rounds, pages=3):
    raws = [[hub.Raw(str(number), "1", b"{}")] for number in range(pages)]
    return [page(raws=raws[number % pages], cursor=str(number)) for number in range(rounds * pages)]


def test_a_circle_is_noticed_though_each_of_its_cursors_is_another():
    brought = doubt.pages("ring.http", Ring(pulled=circle(doubt.SAME_PAGES + 1)), "calls", None)
    with pytest.raises(Inconsistent, match="came back to a page it had already brought"):
        list(brought)


def test_news_that_are_looked_for_again_and_again_are_no_circle():
    pages = circle(doubt.SAME_PAGES)
    assert list(doubt.pages("ring.http", Ring(pulled=pages), "calls", None)) == pages


def test_a_source_of_another_process_is_doubted_there():
    made = order()
    made = replace(made, connector=replace(made.connector, open=lambda *_: nullcontext(Ring(["calls"]))))
    with apart(made) as feed, pytest.raises(Inconsistent, match=r"streams\(\) of the plugin shop.notes gave str where"):
        feed.streams()


def test_the_kit_tells_it_in_the_same_words(tmp_path):
    bare = Trial(ring(Ring()), {}, tmp_path, None)
    with pytest.raises(Inconsistent, match="gave Ring where a context manager is due"), bare.opened():
        pass
    named = Trial(ring(nullcontext(Ring(["calls"]))), {}, tmp_path, None)
    with pytest.raises(Inconsistent, match="gave str where"):
        named.pull()


def test_what_a_plugin_prints_bears_its_name_line_by_line(capfd):
    with apart(order(streams=lambda: print("read", "7 calls\nand a note"))) as feed:
        feed.streams()
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "shop.notes: read 7 calls\nshop.notes: and a note\n")


@pytest.mark.parametrize(
    ("made", "reason", "detail"),
    [
        (hub.Unreadable(reason=None), "Unreadable.reason of the plugin gave NoneType where str is due", ""),
        (None, "map() of the plugin gave NoneType where list[hub.Mapped] is due", ""),
        ([note("a")], "map() of the plugin gave Note where hub.Mapped is due", ""),
        ([hub.Mapped({"at": 1})], "Mapped.record of the plugin gave dict where a record is due", ""),
        ([hub.Mapped(note("a"), 1)], "Mapped.part of the plugin gave int where str is due", ""),
        (
            [hub.Mapped(note(None))],
            "Note.title of the plugin gave NoneType where str is due",
            "None",
        ),
    ],
)
def test_what_are_no_records_is_told_by_what_came(made, reason, detail):
    maker = Maker(lambda *_: made, hub.Settings(), 1, HORIZON, 1_795_000_000_000)
    unreadable = maker.prepare(PLACE, "1", "1", b"{}").unreadable
    assert (unreadable.reason, unreadable.detail) == (reason, detail)


def naive(*_):
    return [hub.Mapped(hub.Note(at=hub.moment(datetime(2026, 11, 2, 10))))]  # noqa: DTZ001 - the defect


def misspelt(*_):
    return [hub.Mapped(hub.Note(titel="a"))]


@pytest.mark.parametrize(
    ("mapped", "reason", "detail"),
    [
        (naive, "the plugin made a moment without a time zone in test_doubt.py:{}", "2026-11-02T10:00:00\nreturn [hub"),
        (misspelt, "the plugin failed in test_doubt.py:{}: TypeError", "argument 'titel'\nreturn [hub.Mapped"),
        (int, "the plugin failed in map(): TypeError", "int() takes at most 2 arguments (3 given)"),
    ],
)
def test_what_a_map_raises_is_told_with_the_line_of_the_plugin(mapped, reason, detail):
    maker = Maker(mapped, hub.Settings(), 1, HORIZON, 1_795_000_000_000)
    unreadable = maker.prepare(PLACE, "1", "1", b"{}").unreadable
    assert unreadable.reason == reason.format(mapped.__code__.co_firstlineno + 1 if mapped is not int else "")
    assert detail in unreadable.detail
