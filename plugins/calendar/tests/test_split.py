"""Cutting files of any size and any damage into pieces."""

import random
import tracemalloc
from datetime import date
from io import BytesIO

import pytest
from hub_calendar import split
from hub_calendar.mapping import map_calendar
from hub_calendar.split import Piece

import hub

WINDOW = hub.Window(date(2026, 11, 1), date(2027, 1, 1))

ZONE = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0500
TZOFFSETTO:+0500
END:STANDARD
END:VTIMEZONE
"""
EVENT = "BEGIN:VEVENT\nUID:{uid}\nDTSTART:{start}\nSUMMARY:{title}\nEND:VEVENT\n"


def event(uid: str, start: str = "20261102T070000Z", title: str = "Встреча") -> str:
    return EVENT.format(uid=uid, start=start, title=title)


def calendar(*inside: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{''.join(inside)}END:VCALENDAR\n".encode()


def pieces(data: bytes) -> list[Piece]:
    file = BytesIO(data)
    found = list(split.pieces(file, split.index(file)))
    assert {piece.name for piece in found} == split.names(file)
    assert len(found) == len(split.names(file))
    for piece in found:
        assert split.piece(file, split.index(file), piece.name) == piece
    return found


def titles(data: bytes) -> dict[str, list[str]]:
    """The titles of the meetings of each piece; none where it cannot be read."""
    found = {}
    for piece in pieces(data):
        mapped = map_calendar(piece.body, "Europe/Moscow", WINDOW)
        found[piece.name] = [] if isinstance(mapped, hub.Unreadable) else [one.record.title for one in mapped]
    return found


def test_each_uid_becomes_a_calendar_of_its_own():
    found = pieces(calendar(event("a"), event("b", "20261201T070000Z"), event("a", "20261103T070000Z")))
    assert [piece.name for piece in found] == ["b", "a"]
    assert found[1].body == calendar(event("a"), event("a", "20261103T070000Z")).replace(
        b"VCALENDAR\n", b"VCALENDAR\r\n"
    )


def test_the_newest_start_comes_first_and_ties_stand_as_in_the_file():
    found = pieces(calendar(event("a"), event("c", "20270101"), event("b"), event("d", "19990101")))
    assert [piece.name for piece in found] == ["c", "a", "b", "d"]


def test_a_piece_has_the_zones_it_names_and_no_others():
    named = event("a").replace("DTSTART:", "DTSTART;TZID=Наша:").replace("Z\n", "\n")
    data = calendar(ZONE.format(name="Наша"), ZONE.format(name="Чужая"), named, event("b"))
    found = {piece.name: piece.body for piece in pieces(data)}
    assert "Наша" in found["a"].decode()
    assert b"TZID:" in found["a"]
    assert "Чужая" not in found["a"].decode()
    assert b"VTIMEZONE" not in found["b"]


def test_a_zone_may_stand_behind_the_events_that_name_it():
    named = event("a").replace("DTSTART:", "DTSTART;TZID=Наша:").replace("Z\n", "\n")
    (piece,) = pieces(calendar(named, ZONE.format(name="Наша")))
    assert b"VTIMEZONE" in piece.body


def test_a_zone_is_found_though_its_name_is_folded():
    named = event("a").replace("DTSTART:", "DTSTART;TZID=На\n ша:")
    (piece,) = pieces(calendar(ZONE.format(name="Наша"), named))
    assert b"VTIMEZONE" in piece.body


def test_what_a_calendar_says_of_itself_goes_with_each_of_its_events():
    data = calendar(event("a"), head="METHOD:REQUEST\n") + calendar(
        event("b"), head="X-WR-TIMEZONE:Asia/Omsk\nX-WR-CALNAME:x\n"
    )
    found = {piece.name: piece.body for piece in pieces(data)}
    assert b"METHOD:REQUEST" in found["a"]
    assert b"METHOD" not in found["b"]
    assert b"X-WR-TIMEZONE:Asia/Omsk" in found["b"]
    assert b"CALNAME" not in found["b"]


def test_the_uid_of_an_alarm_is_not_that_of_its_event():
    alarm = "BEGIN:VALARM\nUID:alarm\nTRIGGER:-PT5M\nEND:VALARM\n"
    data = calendar(event("a").replace("UID:a\n", f"{alarm}UID:a\n"))
    assert [piece.name for piece in pieces(data)] == ["a"]


def test_a_folded_uid_is_whole():
    for folded in (
        "UID:abc\n def",
        "UID:abc\n\n def",
        "UID\n :abcdef",
        "UID\r\n\r\n :abcdef",
        "UID;X=1\n\t:abc\n\tdef",
    ):
        assert [piece.name for piece in pieces(calendar(event("a").replace("UID:a", folded)))] == ["abcdef"]


def test_what_is_folded_behind_a_uid_is_not_part_of_it():
    assert [piece.name for piece in pieces(calendar(event("a").replace("SUMMARY:", "SUMMARY:long\n and ")))] == ["a"]


def test_a_very_long_uid_is_shortened_and_stays_unique():
    found = pieces(calendar(event("x" * 1000 + "1"), event("x" * 1000 + "2")))
    assert len({piece.name for piece in found}) == 2
    assert all(len(piece.name) <= split.LONGEST_NAME for piece in found)


def test_events_without_a_uid_are_apart_and_equal_ones_are_one():
    nameless = event("").replace("UID:\n", "")
    other = nameless.replace("Встреча", "Другая")
    found = pieces(calendar(nameless, other, nameless))
    assert len(found) == 2
    assert all(piece.name.startswith("no-uid-") for piece in found)
    bodies = [map_calendar(piece.body, "", WINDOW) for piece in found]
    assert {one[0].record.uid for one in bodies if not isinstance(one, hub.Unreadable)} == {
        piece.name for piece in found
    }


# --- revisions -------------------------------------------------------------------------------------------------------


def revision(*lines: str, head: str = "") -> str:
    inside = "".join(f"{line}\n" for line in lines)
    (piece,) = pieces(calendar(event("a").replace("SUMMARY", f"{inside}SUMMARY"), head=head))
    return piece.revision


def test_an_export_of_the_same_calendar_has_the_same_revisions():
    """Google and others put the time of the export into DTSTAMP, and programs their versions into PRODID."""
    modified = "LAST-MODIFIED:20261001T000000Z"
    first = revision("DTSTAMP:20261101T000000Z", modified, head="PRODID:-//Google Inc//1.0//EN\n")
    later = revision("DTSTAMP:20261102T000000Z", modified, head="PRODID:-//Google Inc//2.0//EN\n")
    assert first == later


def test_where_dtstamp_is_all_there_is_it_tells_of_a_change():
    assert revision("DTSTAMP:20261101T000000Z") != revision("DTSTAMP:20261102T000000Z")


@pytest.mark.parametrize("line", ["LOCATION:Тверская", "LAST-MODIFIED:20261002T000000Z", "SEQUENCE:1"])
def test_what_an_event_says_decides_its_revision(line):
    assert revision() != revision(line)


def test_other_events_of_the_file_do_not_change_a_revision():
    alone, together = pieces(calendar(event("a"))), pieces(calendar(event("b"), event("a")))
    assert alone[0] in together


# --- damage ----------------------------------------------------------------------------------------------------------

GOOD = [event(str(number), title=f"t{number}") for number in range(6)]
BAD = {
    "no start": event("bad").replace("DTSTART:20261102T070000Z\n", ""),
    "never ended": event("bad", title="bad").replace("END:VEVENT\n", ""),
    "never ended, alarm open": event("bad").replace("END:VEVENT\n", "BEGIN:VALARM\nTRIGGER:x\n"),
    "rubbish lines": event("bad").replace("SUMMARY", "%%%\n\n;;;===\n\x1a\nno colon here\nSUMMARY"),
    "binary": event("bad").replace("Встреча", "\x00\x01\x02"),
    "twice begun": "BEGIN:VEVENT\n" + event("bad"),
    "ended twice": event("bad") + "END:VEVENT\nEND:VALARM\n",
    "another component open": "BEGIN:VTODO\nUID:todo\n" + event("bad"),
    "an open zone": "BEGIN:VTIMEZONE\nTZID:x\n" + event("bad"),
    "calendar begun inside": event("bad").replace("SUMMARY", "BEGIN:VCALENDAR\nSUMMARY"),
    "calendar ended inside": event("bad").replace("SUMMARY", "END:VCALENDAR\nSUMMARY"),
    "deep": event("bad").replace("SUMMARY", "BEGIN:X\n" * 500 + "SUMMARY"),
    "a line without end": event("bad").replace("Встреча", "x" * 3_000_000),
    "a rule that is a bomb": event("bad").replace("SUMMARY", "RRULE:FREQ=SECONDLY\nSUMMARY"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_one_bad_event_in_the_middle_costs_no_other_event(bad):
    found = titles(calendar(*GOOD[:3], bad, *GOOD[3:]))
    assert {name: found.get(name) for name in "012345"} == {name: [f"t{name}"] for name in "012345"}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\r\n"])
def test_line_ends_do_not_matter(end):
    assert titles(calendar(*GOOD).replace(b"\n", end.encode())) == {name: [f"t{name}"] for name in "012345"}


def test_a_byte_order_mark_a_missing_end_and_no_last_line_end_do_not_matter():
    data = b"\xef\xbb\xbf" + calendar(*GOOD).removesuffix(b"END:VEVENT\nEND:VCALENDAR\n").rstrip()
    assert titles(data) == {name: [f"t{name}"] for name in "012345"}


def test_events_that_stand_in_no_calendar_are_found():
    assert titles("".join(GOOD).encode()) == {name: [f"t{name}"] for name in "012345"}


def test_lower_case_is_understood():
    assert titles(calendar(*GOOD).replace(b"BEGIN", b"begin").replace(b"VEVENT", b"vevent"))["0"] == ["t0"]


def test_cp1251_is_understood_event_by_event():
    data = calendar(event("a")) + calendar(event("b")).decode().encode("cp1251")
    assert titles(data) == {"a": ["Встреча"], "b": ["Встреча"]}


def test_a_file_cut_anywhere_gives_the_events_before_the_cut():
    data = calendar(*GOOD)
    for at in range(0, len(data), 7):
        whole = data[:at].count(b"END:VEVENT")
        assert all(titles(data[:at])[name] == [f"t{name}"] for name in "012345"[:whole])


def test_an_embedded_file_is_left_out_and_it_is_said():
    attached = "ATTACH;ENCODING=BASE64:" + "\n ".join(["QUJD" * 18] * 60_000)
    (piece,) = pieces(calendar(event("a").replace("SUMMARY", f"{attached}\nSUMMARY")))
    assert len(piece.body) < 100_000
    mapped = map_calendar(piece.body, "", WINDOW)
    assert not isinstance(mapped, hub.Unreadable)
    assert (mapped[0].record.title, mapped[0].record.defects) == (
        "Встреча",
        ("What the event says is too long: a part of it was left out.",),
    )


def test_a_hundred_thousand_events_of_one_uid_make_a_piece_that_can_be_read():
    file = BytesIO(calendar(*[event("a", title="x" * 500)] * 10_000))
    (piece,) = split.pieces(file, split.index(file))
    assert len(piece.body) <= split.LONGEST_PIECE
    assert b"X-HUB-CUT" in piece.body


def test_many_calendars_one_after_another_share_what_they_say_of_themselves():
    zones = "".join(ZONE.format(name=f"zone {number}") for number in range(10))
    file = BytesIO(b"".join(calendar(zones, event(str(number))) for number in range(500)))
    assert len(split.index(file).distinct) == 1


@pytest.mark.campaign
def test_memory_stays_flat_whatever_the_size_of_the_file(tmp_path):
    """A sample: 0.5 MB and 5 MB. `fuzz.py --export MB` does the same with as much as you like."""
    peaks = [_peak(tmp_path / f"{size}.ics", size) for size in (400, 4_000)]
    assert peaks[1] - peaks[0] < 1_000_000, peaks


def _peak(path, size: int) -> int:
    with path.open("wb") as file:
        file.write(b"BEGIN:VCALENDAR\n")
        for number in range(size):
            file.write(event(f"{number}@my.example", f"{20000101 + number % 28}", "x" * 1000).encode())
        file.write(b"END:VCALENDAR\n")
    tracemalloc.start()
    with path.open("rb") as file:
        count = sum(1 for _ in split.pieces(file, split.index(file)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == size
    return peak


@pytest.mark.campaign
def test_damaged_exports_are_cut_without_an_error():
    random_ = random.Random(20261102)
    data = calendar(ZONE.format(name="x"), *GOOD)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(random_.randint(1, 8)):
            at = random_.randrange(len(damaged))
            damaged[at : at + random_.randint(0, 20)] = random_.randbytes(random_.randint(0, 4))
        titles(bytes(damaged))
