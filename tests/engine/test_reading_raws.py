"""Raws are read a few at a time: each comes out as if it were alone, in its order."""

from dataclasses import replace

import pytest

import hub
from hub.engine import mapping
from hub.engine.mapping import Maker, made, read
from tests.engine.notes import HORIZON, PLACE, note


def mapped(body, _settings, _window):
    if b"broken" in body:
        raise ValueError(body)
    return [hub.Mapped(note(body.decode()))]


MAKER = Maker(mapped, hub.Settings(), 1, HORIZON, 0)


def gone():
    raise FileNotFoundError


def locked():
    raise PermissionError(13, "Permission denied")


def raws(count):
    """A note, one that vanished, one that cannot be opened, one that breaks the plugin, and so on."""
    bodies = (lambda: b"a note", gone, locked, b"broken", bytearray(b"another"), lambda: "text")
    return [hub.Raw(str(number), "1", bodies[number % len(bodies)]) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 59, 60, 61])
def test_raws_come_out_as_each_would_alone(count):
    prepared, vanished = read(PLACE, MAKER, raws(count))
    there = [raw for raw in raws(count) if raw.body is not gone]
    assert prepared == [made(PLACE, MAKER, raw) for raw in there]
    assert vanished == count - len(there)


def test_what_is_wrong_with_one_is_said_of_it_alone():
    prepared, _ = read(PLACE, MAKER, raws(6))
    assert [one.external_id for one in prepared] == ["0", "2", "3", "4", "5"]
    assert [one.records[""].title if one.records else one.unreadable.detail for one in prepared] == [
        "a note", "[Errno 13] Permission denied", "b'broken'\nraise ValueError(body)", "another", ""]  # fmt: skip


def test_one_that_has_vanished_is_said_to_whom_wanted_it():
    with pytest.raises(FileNotFoundError):
        made(PLACE, MAKER, hub.Raw("1", "1", gone))


def test_of_large_items_one_waits_at_a_time():
    waiting = most = 0

    def body():
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        return b"x" * mapping._MUCH

    def seen(body, settings, window):
        nonlocal waiting
        waiting -= 1
        return mapped(body[:10], settings, window)

    prepared, _ = read(PLACE, replace(MAKER, map=seen), [hub.Raw(str(n), "1", body) for n in range(5)])
    assert len(prepared) == 5
    assert most == 1


def test_a_line_that_breaks_in_the_middle_ends_the_reading():
    def broken():
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        read(PLACE, MAKER, [*raws(3), hub.Raw("3", "1", broken)])
