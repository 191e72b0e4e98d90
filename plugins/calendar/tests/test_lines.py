"""Reading iCalendar text that breaks the rules."""

import pytest
from hub_calendar import lines
from hub_calendar.values import Duration, Line, address, duration, stated, whole


def only(text: str | bytes) -> lines.Line:
    data = text if isinstance(text, bytes) else text.encode()
    (line,) = lines.read(data).lines
    return line


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("fold", [" ", "\t"])
def test_a_folded_line_is_one_whatever_its_line_ends(end, fold):
    assert only(f"SUMMARY:Встреча с{end}{fold} клиентом{end}").value == "Встреча с клиентом"


def test_a_letter_folded_in_the_middle_of_its_bytes_is_whole():
    data = "SUMMARY:Ромашка".encode()
    assert only(data[:11] + b"\r\n " + data[11:]).value == "Ромашка"


def test_a_byte_order_mark_and_nul_bytes_are_not_read():
    assert only(b"\xef\xbb\xbfSUMMARY:\0a\0b").value == "ab"


def test_cp1251_is_understood_though_nobody_says_a_word_about_it():
    assert only("SUMMARY:Встреча с ООО «Ромашка»".encode("cp1251")).value == "Встреча с ООО «Ромашка»"


def test_one_wrong_byte_does_not_make_utf_8_cp1251():
    assert only("SUMMARY:Встреча с ООО «Ромашка»".encode() + b"\xff").value == "Встреча с ООО «Ромашка»\ufffd"


def test_a_line_break_without_a_space_after_it_goes_on_with_the_text():
    read = lines.read(b"DESCRIPTION:one\r\ntwo\r\n three\r\nUID:x")
    assert lines.text(read.first("DESCRIPTION").value, 100) == "one\ntwothree"
    assert read.first("UID").value == "x"


def test_a_line_may_be_folded_behind_its_name():
    read = lines.read(b"BEGIN:VEVENT\r\nSUMMARY\r\n\r\n :x\r\nDTSTART\r\n ;VALUE=DATE\r\n :20261102\r\nEND:VEVENT")
    (event,) = read.inside("VEVENT")
    assert (event.first("SUMMARY").value, event.first("DTSTART").value) == ("x", "20261102")


def test_quoted_printable_of_old_phones_is_undone():
    line = only("SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=92=D1=81=\r\n=D1=82=D1=80; =D0=B5")
    assert lines.text(line.value, 100) == "Встр; е"


@pytest.mark.parametrize(
    ("written", "name", "params", "value"),
    [
        ("ATTENDEE;CN=Анна:mailto:a@b", "ATTENDEE", {"CN": "Анна"}, "mailto:a@b"),
        ('ATTENDEE;CN="Смирнова; Анна: продажи";RSVP=TRUE:x', "ATTENDEE", {"CN": '"Смирнова; Анна: продажи"', "RSVP": "TRUE"}, "x"),
        ("dtstart;value=date:20261102", "DTSTART", {"VALUE": "date"}, "20261102"),
        ('X;A="open:x', "X", {"A": '"open'}, "x"),
        ("X;A:x", "X", {"A": ""}, "x"),
        ("X;:x", "X", {"": ""}, "x"),
        ("NOTHING", "NOTHING", {}, ""),
        ("X;A=1", "X", {"A": "1"}, ""),
        ("X:a:b;c", "X", {}, "a:b;c"),
    ],
)  # fmt: skip
def test_a_content_line_is_taken_apart(written, name, params, value):
    line = lines.content_line(written.encode())
    assert (line.name, dict(line.params), line.value) == (name, params, value)


def test_text_is_unescaped_and_free_of_control_characters():
    assert lines.text(r"a\, b\; c\\n\nd\Ne", 100) == "a, b; c\\n\nd\ne"
    assert lines.text(r"C:\temp \"x\"", 100) == r'C:\temp "x"'
    assert lines.text("a\x00b\x1b[31m\x7f", 100) == "ab[31m"


def test_a_title_is_one_line_that_turns_no_text_round():
    assert lines.one_line("\u202eexe.\u2066x\u200f  \\n y") == "exe.x y"


def test_text_is_cut_at_its_longest():
    assert len(lines.text("\\n\u2713" * 1000, 50)) <= 50


def test_a_logical_line_is_cut_between_letters():
    value = only(("SUMMARY:" + "Я" * lines.LONGEST_LINE).encode()).value
    assert set(value[:-1]) == {"Я"}
    assert value[-1] in "Я\ufffd"


# --- components ------------------------------------------------------------------------------------------------------


def test_an_event_that_is_never_ended_ends_where_the_next_begins():
    read = lines.read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR")
    assert [event.first("UID").value for event in read.inside("VEVENT")] == ["1", "2"]


def test_what_is_inside_an_event_does_not_speak_for_it():
    read = lines.read(b"BEGIN:VEVENT\nBEGIN:VALARM\nUID:alarm\nEND:VALARM\nUID:1\nEND:VEVENT")
    (event,) = read.inside("VEVENT")
    assert [line.value for line in event.all("UID")] == ["1"]


def test_an_alarm_that_is_never_ended_ends_with_its_event():
    read = lines.read(b"BEGIN:VEVENT\nBEGIN:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT")
    assert len(read.inside("VEVENT")) == 2


def test_an_end_of_nothing_ends_nothing():
    read = lines.read(b"END:VEVENT\nBEGIN:VEVENT\nEND:VALARM\nUID:1\nEND:VEVENT\nEND:VCALENDAR")
    assert read.inside("VEVENT")[0].first("UID").value == "1"


def test_what_stands_too_deep_is_passed_over_and_the_rest_is_read():
    deep = b"BEGIN:VALARM\n" * 10_000 + b"SUMMARY:deep\n" + b"END:VALARM\n" * 10_000
    read = lines.read(b"BEGIN:VEVENT\nUID:1\n" + deep + b"SUMMARY:top\nEND:VEVENT")
    (event,) = read.inside("VEVENT")
    assert event.first("SUMMARY").value == "top"


def test_a_pit_of_components_has_no_bottom_to_fall_to():
    assert lines.read(b"BEGIN:X\n" * 5_000 + b"END:X\n" * 5_000).inside("VEVENT") == []


def test_lines_beyond_the_most_are_not_read():
    assert len(lines.read(b"X:1\n" * (lines.MOST_LINES + 10)).all("X")) == lines.MOST_LINES


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "wall", "zone"),
    [
        ("20261102", "2026-11-02", ""),
        ("20261102T100000", "2026-11-02 10:00:00", ""),
        ("20261102T100000Z", "2026-11-02 10:00:00", "Z"),
        ("20261102t1000z", "2026-11-02 10:00:00", "z"),
        ("20261102T100000+0300", "2026-11-02 10:00:00", "+0300"),
        ("2026-11-02T10:00:00-03:30", "2026-11-02 10:00:00", "-03:30"),
        ("2026-11-02", "2026-11-02", ""),
        ("20261102T100060Z", "2026-11-02 10:00:59", "Z"),
        ("20261102T240000", "2026-11-03 00:00:00", ""),
        (" 20261102T100000.000Z ", "2026-11-02 10:00:00", "Z"),
    ],
)
def test_a_time_is_understood_as_it_is_written(written, wall, zone):
    found = stated(written)
    assert found is not None
    assert (str(found.wall), found.tzid) == (wall, zone)


@pytest.mark.parametrize(
    "written",
    ["", "x", "2026", "20261302", "20260230", "00000101", "20261102T250000", "20261102T1", "２０２６１１０２"],
)
def test_what_is_no_time_is_none(written):
    assert stated(written) is None


def test_durations_are_days_and_time_that_passes():
    assert duration("PT1H30M") is not None
    found = duration("P1W2DT3H4M5S")
    assert found is not None
    assert (found.days, found.exact.total_seconds()) == (9, 3 * 3600 + 4 * 60 + 5)
    assert [duration(text) for text in ("", "P", "PT", "1H", "-PT1H", "P99999D", "PT999999999H")] == [None] * 7
    assert isinstance(duration("+P1D"), Duration)


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("-1", 0), ("", 0), ("x", 0), ("９", 0), ("9" * 30, 2**31 - 1)])
def test_a_number_is_never_negative_and_never_too_big(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    ("value", "email", "expected"),
    [
        ("mailto:anna@my.example", "", "anna@my.example"),
        ("MAILTO:Anna@My.example", "", "Anna@My.example"),
        ("mailto:anna%40my.example?subject=x", "", "anna@my.example"),
        ("anna@my.example", "", "anna@my.example"),
        ("mailto:Анна <anna@my.example>", "", "anna@my.example"),
        ("urn:uuid:1", "anna@my.example", "anna@my.example"),
        ("/principals/users/1", '"mailto:anna@my.example"', "anna@my.example"),
        ("Смирнова:mailto:anna@my.example", "", "anna@my.example"),
        ("invalid:nomail", "", ""),
        ("mailto:/O=FIRMA/OU=EXCHANGE/CN=ANNA", "", ""),
        ("", "", ""),
        ("mailto:" + "a" * 300 + "@my.example", "", ""),
    ],
)
def test_an_address_is_found_wherever_a_program_puts_it(value, email, expected):
    assert address(Line("ATTENDEE", value, {"EMAIL": email})) == expected
