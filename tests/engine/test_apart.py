"""A source in a process of its own: it gives the same, and whatever it does, this process goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import hub
from hub.engine.apart import parent
from hub.engine.apart.child import Order
from hub.engine.feed import Failed, Here
from hub.engine.steps import finished
from hub.errors import Inconsistent
from hub.settings import Limits
from tests.engine.notes import MEMORY, NOW, PLACE, Notes, Waited, alive, apart, choose, order, pulled

ROOT = Path(__file__).parents[2]


def test_a_source_apart_gives_what_it_gives_here():
    made = order()
    here = Waited(Here("shop.notes", Notes(made.tools(lambda: False, made.desk))))
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
    """Seen from a process that never had any, as the hub's own: glibc counts once how many arenas it may have."""
    code = "from tests.engine import test_apart; test_apart.pull_with_threads()"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr


def pull_with_threads():
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
        print(len(pulled(feed, made)))


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


def test_what_the_first_process_had_to_import_the_others_inherit(tmp_path, monkeypatch, capfd):
    package = tmp_path / "sample_notes"
    package.mkdir()
    (package / "__init__.py").write_text("import hub\nclass Settings(hub.Settings): pass\n")
    (package / "heavy.py").write_text(f"""if True:
        import os
        print("loud")
        with open({str(tmp_path / "who")!r}, "a") as who:
            print(os.getpid(), file=who)
    """)
    monkeypatch.syspath_prepend(tmp_path)
    made = order(open=lambda: import_module("sample_notes.heavy"))
    connector = replace(made.connector, settings=import_module("sample_notes").Settings)
    made = replace(made, connector=connector)
    pids = []
    for _ in range(3):
        with apart(made) as feed:
            pids.append(feed.feed.process.pid)
    for name in ("sample_notes", "sample_notes.heavy"):
        monkeypatch.delitem(sys.modules, name)
    assert (tmp_path / "who").read_text().split() == [str(pids[0]), str(os.getpid())]
    assert capfd.readouterr().out == ""


def test_rubbish_instead_of_a_page_is_refused():
    made = order()

    @contextmanager
    def opened(_settings, tools):
        source = Notes(tools)
        source.pull = lambda _stream, _cursor, /: iter(["page", object()])
        yield source

    connector = hub.Connector(name="x", title="X", settings=hub.Settings, open=opened, map=made.connector.map)
    made = Order(connector, made.settings, made.tools, MEMORY, made.desk)
    with apart(made) as feed, pytest.raises(Inconsistent, match="gave str where"):
        pulled(feed, made)


def test_a_child_ends_with_its_parent():
    made = order(pull=lambda _number, _tools: time.sleep(60))
    reading, writing = os.pipe()
    parent_id = os.fork()
    if parent_id == 0:  # a parent of its own, killed below
        try:
            feed = parent.Apart(made, Limits(memory=MEMORY, silence=60), lambda: False)
            finished(feed.process.start())
            os.write(writing, str(feed.process.pid).encode())
            pulled(Waited(feed), made)
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
