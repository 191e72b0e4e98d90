"""A source in a process of its own: it gives the same, and whatever it does, this process goes on."""

import logging
import os
import signal
import socket
import stat
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import hub
from hub.core import pages
from hub.engine.apart import parent
from hub.engine.apart.child import Order
from hub.engine.feed import Asked, Failed, Here
from hub.engine.mapping import Maker, Place
from hub.errors import Inconsistent
from hub.settings import Limits

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HORIZON = date(2027, 11, 1)
MEMORY = 256 << 20
PLACE = Place(1, "shop", "notes", "Notes", "")


def note(text):
    return hub.Note(at=hub.moment(NOW), title=text)


@dataclass
class Notes:
    """Three pages of notes; a test replaces what it wants to misbehave."""

    tools: hub.Tools
    spoil: dict = field(default_factory=dict)

    def check(self):
        self.spoil.get("check", lambda: None)()

    def streams(self):
        self.spoil.get("streams", lambda: None)()
        return [hub.Stream("notes", "Заметки")]

    def pull(self, stream, cursor, /):
        for number in range(int(cursor or 0), 3):
            self.spoil.get("pull", lambda _number, _tools: None)(number, self.tools)
            raws = [hub.Raw(f"{number}-{n}", "1", f"заметка {number}-{n}".encode()) for n in range(2)]
            yield hub.Page(listed=2, raws=raws, cursor=str(number + 1), total=6)

    def ids(self, stream):
        return hub.Listing(True, [f"{number}-{n}" for number in range(3) for n in range(2)])

    def fetch(self, stream, external_id, part):
        if external_id == "gone":
            raise KeyError(external_id)
        return f"заметка {external_id}".encode()


def order(memory=MEMORY, spoil_map=None, **spoil):
    def mapped(body, _settings, _window):
        if spoil_map is not None:
            spoil_map(body)
        return [hub.Mapped(note(body.decode()))]

    @contextmanager
    def opened(_settings, tools):
        spoil.get("open", lambda: None)()
        yield Notes(tools, spoil)

    connector = hub.Connector(name="shop.notes", title="Notes", settings=hub.Settings, open=opened, map=mapped)
    log = logging.LoggerAdapter(logging.getLogger("hub.plugin.shop.notes"), {})
    return Order(
        connector, hub.Settings(), lambda stopping: hub.Tools(clock=lambda: NOW, log=log, stopping=stopping), memory
    )


@contextmanager
def apart(made, silence=20.0, stopping=lambda: False):
    with parent.opened(made, Limits(memory=made.memory, silence=silence), stopping) as feed:
        yield feed


def choose(made, known=()):
    def chosen(page):
        maker = Maker(made.connector.map, made.settings, 1, HORIZON, 1_795_000_000_000)
        stored = {raw.external_id: raw.revision for raw in page.raws if raw.external_id in known}
        return Asked(page, pages.plan(page.listed, page.raws, stored), PLACE, maker)

    return chosen


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def pulled(feed, made, cursor=None, **more):
    return list(feed.pull("notes", cursor, choose(made, **more)))


def test_a_source_apart_gives_what_it_gives_here():
    made = order()
    here = Here("shop.notes", Notes(made.tools(lambda: False)))
    with apart(made) as feed:
        assert (feed.lists, feed.fetches) == (here.lists, here.fetches) == (True, True)
        assert feed.streams() == here.streams()
        for known in ((), ("1-0", "2-1"), ("0-0", "0-1")):
            ours, theirs = pulled(here, made, known=known), pulled(feed, made, known=known)
            assert [one.prepared for one in ours] == [one.prepared for one in theirs]
            assert [one.asked.page.cursor for one in ours] == [one.asked.page.cursor for one in theirs]
            assert [one.asked.page.total for one in theirs] == [6, 6, 6]
        assert feed.present("notes", 1) == here.present("notes", 1)
        assert (feed.holds("notes", "0-0"), feed.holds("notes", "gone")) == (True, False)
        maker = choose(made)(hub.Page(listed=0, raws=(), cursor="")).maker
        assert feed.fetch(PLACE, maker, "0-1", "7") == here.fetch(PLACE, maker, "0-1", "7")
        assert feed.fetch(PLACE, maker, "gone", "7") is None


def test_the_next_page_is_read_while_this_one_is_stored():
    made = order(pull=lambda _number, _tools: time.sleep(0.2))
    with apart(made) as feed:
        began = time.monotonic()
        for _ in feed.pull("notes", None, choose(made)):
            time.sleep(0.2)
        assert time.monotonic() - began < 1.15  # 0.2 + 3 x 0.2, and not 6 x 0.2


def test_who_stops_in_the_middle_can_go_on():
    made = order()
    with apart(made) as feed:
        for _ in range(3):
            found = feed.pull("notes", None, choose(made))
            assert next(found).asked.page.cursor == "1"
            found.close()
        assert len(pulled(feed, made, cursor="1")) == 2


def test_who_cannot_choose_leaves_the_source_well():
    made = order()

    def refuse(_page):
        raise Inconsistent("no")

    with apart(made) as feed:
        with pytest.raises(Inconsistent):
            next(feed.pull("notes", None, refuse))
        assert len(pulled(feed, made)) == 3


def test_an_error_comes_over_as_it_was_raised():
    class Mine(hub.AskedToWait):
        pass

    def wait(_number, _tools):
        raise Mine("later", until=NOW, fix="wait")

    made = order(pull=wait)
    with apart(made) as feed:
        with pytest.raises(hub.AskedToWait) as raised:
            pulled(feed, made)
        assert (type(raised.value), str(raised.value), raised.value.until, raised.value.fix) == (
            hub.AskedToWait, "later", NOW, "wait",
        )  # fmt: skip
        assert feed.streams()  # and the source goes on


@pytest.mark.parametrize("where", ["open", "check", "streams", "pull"])
def test_whatever_a_plugin_raises_is_told_by_its_name(where):
    def fail(*_arguments):
        raise ZeroDivisionError("by nought")

    made = order(**{where: fail})

    def use():
        with apart(made) as feed:
            feed.streams()
            pulled(feed, made)

    with pytest.raises(Failed, match="by nought") as raised:
        use()
    assert raised.value.kind == "ZeroDivisionError"


def test_a_bad_record_concerns_itself_alone():
    def fail(body):
        if body.endswith(b"1-1"):
            raise SystemExit(3)

    made = order(spoil_map=fail)
    with apart(made) as feed:
        found = [one for brought in pulled(feed, made) for one in brought.prepared]
    assert [one.external_id for one in found if one.unreadable] == ["1-1"]
    assert len(found) == 6


DEATHS = [
    (lambda *_: os._exit(7), "exit code 7"),
    (lambda *_: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
    (lambda *_: os.kill(os.getpid(), signal.SIGSEGV), "SIGSEGV"),
]


@pytest.mark.parametrize("where", ["open", "check"])
@pytest.mark.parametrize(("die", "says"), DEATHS)
def test_a_process_that_dies_at_the_door_is_told(where, die, says):
    with pytest.raises(Inconsistent, match=says), apart(order(**{where: die})):
        pass


@pytest.mark.parametrize(("die", "says"), DEATHS)
def test_a_process_that_dies_is_told_and_started_anew(die, says):
    made = order(pull=lambda number, _tools: die() if number == 1 else None)
    with apart(made) as feed:
        for _ in range(2):
            found = feed.pull("notes", None, choose(made))
            next(found)
            with pytest.raises(Inconsistent, match=says):
                next(found)
            assert feed.streams()  # of a new process
        assert pulled(feed, made, cursor="2")


def test_who_dies_again_and_again_is_left_alone():
    made = order(streams=lambda: os._exit(1))
    with apart(made) as feed:
        for _ in range(parent.STARTS):
            with pytest.raises(Inconsistent, match="exit code 1"):
                feed.streams()
        with pytest.raises(Inconsistent, match="again and again"):
            feed.streams()


def test_who_hangs_is_stopped():
    made = order(pull=lambda number, _tools: time.sleep(60) if number == 1 else None)
    with apart(made, silence=1.0) as feed:
        found = feed.pull("notes", None, choose(made))
        next(found)
        process = feed._process.pid
        began = time.monotonic()
        with pytest.raises(Inconsistent, match="no sign of life"):
            next(found)
        assert time.monotonic() - began < 5
        assert not alive(process)
        assert feed.streams()


def test_who_dies_and_leaves_a_process_behind_is_told_at_once():
    left = []

    def leave(number, _tools):
        if number == 1:
            child = os.fork()
            if not child:
                time.sleep(30)
            else:
                os.write(left[1], str(child).encode())
            os._exit(9)

    left += os.pipe()
    made = order(pull=leave)
    began = time.monotonic()
    with apart(made) as feed, pytest.raises(Inconsistent, match="with exit code 9"):
        pulled(feed, made)
    assert time.monotonic() - began < 10
    os.kill(int(os.read(left[0], 20)), signal.SIGKILL)
    for number in left:
        os.close(number)


def test_who_begins_to_say_something_and_never_ends_is_stopped():
    def begin(number, _tools):
        if number == 1:
            for one in numbers():
                if _is_socket(one):
                    os.write(one, b"\x00\x01\x00\x00")
            time.sleep(60)

    made = order(pull=begin)
    with apart(made, silence=1.0) as feed:
        found = feed.pull("notes", None, choose(made))
        next(found)
        began = time.monotonic()
        with pytest.raises(Inconsistent, match="SIGKILL"):
            next(found)
        assert time.monotonic() - began < 6
        assert feed.streams()


def test_a_plugin_cannot_reach_a_connection_of_the_hub():
    ours, theirs = socket.socketpair()

    def meddle(_number, _tools):
        for number in range(3, 60):
            with suppress(OSError):
                if number != spared[0]:
                    os.write(number, b"DROP")

    spared = [-1]
    made = order(pull=meddle)
    original = made.connector.open

    @contextmanager
    def opened(settings, tools):
        sockets = [one for one in numbers() if _is_socket(one)]
        spared[0] = sockets[0] if len(sockets) == 1 else -1
        with original(settings, tools) as source:
            yield source

    connector = replace(made.connector, open=opened)
    made = Order(connector, made.settings, made.tools, MEMORY)
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(10)
    ours.close()
    theirs.close()


def numbers():
    return [int(one.name) for one in Path("/dev/fd").iterdir()]


def _is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def test_who_wants_too_much_memory_does_not_get_it():
    def devour(number, _tools):
        if number == 1:
            b"x" * (2 << 30)

    made = order(pull=devour)
    with apart(made) as feed:
        with pytest.raises(Failed) as raised:
            pulled(feed, made)
        assert raised.value.kind == "MemoryError"
        assert feed.streams()


def test_a_source_hears_that_we_want_to_stop():
    stop = []

    def patient(number, tools):
        if number == 1:
            stop.append(True)
            while not tools.stopping():
                time.sleep(0.01)

    made = order(pull=patient)
    asked = []
    with apart(made, stopping=lambda: bool(asked)) as feed:
        found = feed.pull("notes", None, choose(made))
        next(found)
        asked.append(True)
        assert next(found).asked.page.cursor == "2"


def test_what_a_plugin_logs_and_warns_is_logged_here(caplog):
    def tell(number, tools):
        tools.log.warning("страница %d", number, extra={"action": "page", "count": number})

    made = order(pull=tell)
    with caplog.at_level("WARNING"), apart(made) as feed:
        pulled(feed, made)
    assert [record.getMessage() for record in caplog.records] == ["страница 0", "страница 1", "страница 2"]
    assert {record.name for record in caplog.records} == {"hub.plugin.shop.notes"}


def test_a_line_of_the_log_that_cannot_be_made_stops_nobody(caplog):
    made = order(pull=lambda number, tools: tools.log.error("page %d", f"no {number}"))
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3
    assert not caplog.records


def test_a_plugin_may_have_threads():
    def at_once(number, _tools):
        together = threading.Barrier(25)
        threads = [threading.Thread(target=together.wait, args=(10,)) for _ in range(24)]
        for thread in threads:
            thread.start()
        together.wait(10)
        for thread in threads:
            thread.join()

    made = order(memory=400 << 20, pull=at_once)
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3


def test_a_plugin_cannot_write_into_files_that_we_have_open(tmp_path):
    kept = tmp_path / "hub.db"
    with kept.open("wb", buffering=0) as file:
        file.write(b"history")
        made = order(pull=lambda _number, _tools: os.write(file.fileno(), b"rubbish"))
        with apart(made) as feed:
            assert len(pulled(feed, made)) == 3
        file.write(b" goes on")
    assert kept.read_bytes() == b"history goes on"


def test_what_a_plugin_prints_is_no_part_of_our_output(capfd):
    made = order(pull=lambda number, _tools: print("печать", number, flush=True))
    with apart(made) as feed:
        pulled(feed, made)
    assert capfd.readouterr().out == ""


def test_rubbish_instead_of_a_page_is_refused():
    made = order()

    @contextmanager
    def opened(_settings, tools):
        source = Notes(tools)
        source.pull = lambda _stream, _cursor, /: iter(["page", object()])
        yield source

    connector = hub.Connector(name="x", title="X", settings=hub.Settings, open=opened, map=made.connector.map)
    made = Order(connector, made.settings, made.tools, MEMORY)
    with apart(made) as feed, pytest.raises(Inconsistent, match="no page"):
        pulled(feed, made)


def test_a_child_ends_with_its_parent():
    made = order(pull=lambda _number, _tools: time.sleep(60))
    reading, writing = os.pipe()
    parent_id = os.fork()
    if parent_id == 0:  # a parent of its own, killed below
        try:
            feed = parent.Apart(made, Limits(memory=MEMORY, silence=60), lambda: False)
            feed.start()
            os.write(writing, str(feed._process.pid).encode())
            pulled(feed, made)
        finally:
            os._exit(0)
    child_id = int(os.read(reading, 20))
    assert alive(child_id)
    os.kill(parent_id, signal.SIGKILL)
    os.waitpid(parent_id, 0)
    deadline = time.monotonic() + 10
    while alive(child_id) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.close(reading)
    os.close(writing)
    assert not alive(child_id)
