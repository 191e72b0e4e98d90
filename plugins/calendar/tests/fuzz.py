"""The fuzz campaign: calendars of three suites, damaged in every way we could think of.

    uv run python plugins/calendar/tests/fuzz.py --mutants 50000
    uv run python plugins/calendar/tests/fuzz.py --export 200        a file of 200 MB, cut and mapped

A mutant is right when it is cut without an error and every piece maps to meetings that keep the contract, or to
`Unreadable`, in time. The tests take a sample of it.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import icalendar
import recurring_ical_events
from hub_calendar import split
from hub_calendar.mapping import MOST_EVENTS, map_calendar
from hub_calendar.rules import MOST_AFTER, MOST_BEFORE

import hub

HORIZON = date(2027, 1, 1)
WINDOW = hub.Window(date(2026, 11, 1), HORIZON)
SLOW = 2.0
TOKENS = """
RRULE:FREQ=SECONDLY
RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30
RRULE:FREQ=DAILY;COUNT=100000000
RRULE:FREQ=DAILY;INTERVAL=0
RRULE:FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2
RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29
RRULE:FREQ=MONTHLY;BYDAY=+5FR;BYSETPOS=-366
RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z;WKST=SU
RRULE:FREQ=YEARLY;BYWEEKNO=53,-53;BYYEARDAY=366
EXRULE:FREQ=DAILY
RDATE;VALUE=PERIOD:20260101T000000Z/P9999D,20260101T000000Z/00010101T000000Z
EXDATE;VALUE=DATE:20260101,00010101,99991231
RECURRENCE-ID;RANGE=THISANDFUTURE:99991231T235959Z
RECURRENCE-ID;VALUE=DATE:00010101
DTSTART;TZID=America/New_York:99991231T235959
DTSTART;TZID=Asia/Tokyo:00010101T000000
DTSTART;VALUE=DATE:20260230
DTEND:00010101T000000Z
DURATION:P99999W
DURATION:PT999999999S
UID:
UID:040000008200E00074C5B7101A82E008
ATTENDEE;CN="open;PARTSTAT=ACCEPTED:mailto:a@b
ATTENDEE;CN=\\udc80\u202e;EMAIL=@:mailto:%ff%00@x
SUMMARY;ENCODING=QUOTED-PRINTABLE:=FF=00=
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
X-WR-TIMEZONE:Europe/Moscow
METHOD:CANCEL
CLASS:PRIVATE
SEQUENCE:99999999999999999999
BEGIN:VEVENT
END:VEVENT
BEGIN:VALARM
END:VCALENDAR
BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Europe/Moscow
TZOFFSETTO:+9999
""".strip().splitlines()


@dataclass(slots=True)
class Score:
    mutants: int = 0
    pieces: int = 0
    meetings: int = 0
    unreadable: int = 0
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)


def corpus() -> list[bytes]:
    """Our samples, and the calendars that icalendar and recurring-ical-events are tested with."""
    folders = (
        Path(__file__).parent / "samples",
        Path(icalendar.__file__).parent / "tests",
        Path(recurring_ical_events.__file__).parent / "test",
    )
    files = sorted(path for folder in folders for path in folder.rglob("*.ics"))
    return [data for data in (path.read_bytes() for path in files) if len(data) < 20_000]


def campaign(mutants: int, seed: int, tell: Callable[[Score], None] = lambda _: None) -> Score:
    """Judges so many mutants; the same seed makes the same ones."""
    chance = random.Random(seed)
    seeds = corpus()
    score = Score()
    for _ in range(mutants):
        judge(mutant(chance, seeds), score)
        score.mutants += 1
        tell(score)
    return score


# --- mutants ---------------------------------------------------------------------------------------------------------


def mutant(chance: random.Random, seeds: list[bytes]) -> bytes:
    data = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 10))):
        data = chance.choice(_DAMAGES)(chance, data, seeds)
    return data[:200_000]


def _flip(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    found = bytearray(data or b"x")
    for _ in range(chance.randint(1, 10)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def _cut(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randint(0, 60) :]


def _repeat(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.randint(0, 200)]
    return data[:start] + part * chance.choice((2, 3, 100)) + data[start:]


def _splice(chance: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _shuffle_lines(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    rows = data.split(b"\n")
    for _ in range(3):
        one, other = chance.randrange(len(rows)), chance.randrange(len(rows))
        rows[one], rows[other] = rows[other], rows[one]
    return b"\n".join(rows)


def _drop_line(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    rows = data.split(b"\n")
    del rows[chance.randrange(len(rows))]
    return b"\n".join(rows)


def _token(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    rows = data.split(b"\n")
    rows.insert(chance.randrange(len(rows)), chance.choice(TOKENS).encode("utf-8", "surrogatepass"))
    return b"\n".join(rows)


def _number(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """Another number in place of one."""
    at = chance.randrange(len(data) + 1)
    while at < len(data) and not data[at : at + 1].isdigit():
        at += 1
    number = str(chance.choice((0, 1, -1, 31, 366, 10**8, 10**20))).encode()
    return data[:at] + number + data[at + chance.randint(1, 8) :]


def _encode(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    return data.decode("utf-8", "replace").encode(chance.choice(("cp1251", "koi8-r", "utf-16", "utf-8-sig")), "replace")


_DAMAGES = (_flip, _cut, _repeat, _splice, _shuffle_lines, _drop_line, _token, _token, _number, _encode)


# --- judging ---------------------------------------------------------------------------------------------------------


def judge(data: bytes, score: Score) -> None:
    try:
        file = BytesIO(data)
        pieces = list(split.pieces(file, split.index(file)))
        names = split.names(file)
    except Exception as error:
        score.wrong.append(f"{error!r} while cutting {data[:2000]!r}")
        return
    if names != {piece.name for piece in pieces} or len(names) != len(pieces):
        score.wrong.append(f"names differ: {data[:2000]!r}")
    for body in (*(piece.body for piece in pieces), data):
        score.pieces += 1
        score.wrong += (f"{fault}: {body[:2000]!r}" for fault in faults(body, score))


def faults(body: bytes, score: Score) -> Iterator[str]:
    began = time.process_time()
    try:
        mapped = map_calendar(body, "Europe/Moscow", WINDOW)
    except Exception as error:
        yield f"raised {error!r}"
        return
    took = time.process_time() - began
    score.slowest = max(score.slowest, took)
    if took > SLOW:
        yield f"took {took:.1f} s"
    if isinstance(mapped, hub.Unreadable):
        score.unreadable += 1
        if "could not be understood" in mapped.reason:
            yield f"not understood: {mapped.detail}"
        return
    score.meetings += len(mapped)
    if len({one.part for one in mapped}) != len(mapped):
        yield "a part comes twice"
    if len(mapped) > (MOST_BEFORE + MOST_AFTER + MOST_EVENTS) * max(1, body.replace(b"\0", b"").upper().count(b"UID")):
        yield f"{len(mapped)} meetings"
    for one in mapped:
        yield from _meeting_faults(one.record)
    series = [one.record for one in mapped if one.record.recurring]
    begun = {one.uid for one in series if _day(one) < HORIZON}
    beyond = [one.uid for one in series if _day(one) >= HORIZON]
    if len(set(beyond)) < len(beyond) or not begun.isdisjoint(beyond):
        yield "beyond the horizon"


def _day(meeting: hub.Meeting) -> date:
    return meeting.at.utc.date() if isinstance(meeting.at, hub.Moment) else meeting.at


def _meeting_faults(meeting: hub.Meeting) -> Iterator[str]:
    repr(meeting).encode()
    texts = (meeting.uid, meeting.title, meeting.text, meeting.location, *(one.name for one in meeting.participants))
    if any("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts):
        yield "a text cannot be stored"
    if any("\u202e" in one.name for one in meeting.participants):
        yield "a name turns text round"
    if not meeting.uid:
        yield "no UID"
    at, end = (one.utc if isinstance(one, hub.Moment) else one for one in (meeting.at, meeting.end))
    if type(at) is type(end) and end < at:
        yield "ends before it starts"


# --- by command ------------------------------------------------------------------------------------------------------


def export(megabytes: int) -> None:
    """Writes an export of that size, cuts and maps it, and tells what it took."""
    event = (
        "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Moscow:{day:%Y%m%d}T100000\r\nDTEND;TZID=Europe/Moscow:{day:%Y%m%d}T110000\r\n"
        "DTSTAMP:20261101T000000Z\r\nORGANIZER;CN=Анна:mailto:anna@my.example\r\nUID:{number}abcdefghijkl@google.com\r\n"
        "ATTENDEE;PARTSTAT=ACCEPTED;CN=petr@roma\r\n shka.example:mailto:petr@romashka.example\r\n"
        f"DESCRIPTION:{'Обсуждение договора, ' * 12}\r\nLAST-MODIFIED:20261001T000000Z\r\nSUMMARY:Встреча\r\nEND:VEVENT\r\n"
    )
    with tempfile.TemporaryFile() as file:
        file.write(b"BEGIN:VCALENDAR\r\n")
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.write(event.format(number=number, day=date(2015, 1, 1) + timedelta(days=number % 4000)).encode())
            number += 1
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
        found = split.index(file)
        indexed = time.process_time()
        mapped = [0, 0]
        for piece in split.pieces(file, found):
            mapped[isinstance(map_calendar(piece.body, "", WINDOW), hub.Unreadable)] += 1
        done = time.process_time()
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{number} events, {megabytes} MB: mapped {mapped[0]}, unreadable {mapped[1]}")
    print(
        f"CPU: index {indexed - began:.1f} s, pieces and map {done - indexed:.1f} s, {number / (done - began):.0f} events/s"
    )
    print(f"memory: {before.ru_maxrss // 1024} MB before, {after.ru_maxrss // 1024} MB at most")


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the calendar plugin.")
    parser.add_argument("--mutants", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=20261102)
    parser.add_argument("--export", type=int, metavar="MB", help="cut and map a file of that size instead")
    given = parser.parse_args()
    if given.export:
        export(given.export)
        return 0
    began = time.monotonic()
    score = campaign(given.mutants, given.seed, _tell)
    for fault in score.wrong[:20]:
        print(fault)
    print(
        f"{score.mutants} mutants, {score.pieces} bodies, {score.meetings} meetings, {score.unreadable} unreadable, "
        f"{len(score.wrong)} wrong; slowest {score.slowest:.2f} s CPU, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, {time.monotonic() - began:.0f} s"
    )
    return 1 if score.wrong else 0


def _tell(score: Score) -> None:
    if score.mutants % 5_000 == 0:
        print(f"{score.mutants} ... {len(score.wrong)} wrong", *score.wrong[-1:], file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
