"""One event to one meeting."""

from datetime import UTC, date, datetime

import pytest
from hub_calendar.events import LONGEST_TEXT, MOST_ATTENDEES
from hub_calendar.mapping import map_calendar
from hub_calendar.uids import normal

import hub

WINDOW = hub.Window(date(2026, 11, 1), date(2027, 1, 1))

START = "DTSTART:20261102T070000Z"


def moment(hour: int, minute: int = 0, day: int = 2) -> hub.Moment:
    return hub.Moment(datetime(2026, 11, day, hour, minute, tzinfo=UTC))


def test_an_event_becomes_a_meeting(meetings):
    found = meetings(
        """UID: 42@my.example
DTSTAMP:20261101T070000Z
LAST-MODIFIED:20261101T080000Z
DTSTART;TZID=Europe/Moscow:20261102T100000
DTEND;TZID=Europe/Moscow:20261102T113000
SUMMARY:Встреча с ООО «Ромашка»\\, договор
DESCRIPTION:Обсудить:\\n1) срок\\n2) цену
LOCATION:Тверская\\, 1
STATUS:TENTATIVE
SEQUENCE:3
ORGANIZER;CN=Анна Смирнова:mailto:anna@my.example
ATTENDEE;CN="Петров, Пётр";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:petr@romashka.example
"""
    )
    assert found == {
        "": hub.Meeting(
            at=hub.Moment(datetime(2026, 11, 2, 7, tzinfo=UTC), "Europe/Moscow"),
            end=hub.Moment(datetime(2026, 11, 2, 8, 30, tzinfo=UTC), "Europe/Moscow"),
            uid="42@my.example",
            title="Встреча с ООО «Ромашка», договор",
            text="Обсудить:\n1) срок\n2) цену",
            location="Тверская, 1",
            status="tentative",
            sequence=3,
            stamp=hub.Moment(datetime(2026, 11, 1, 8, tzinfo=UTC)),
            participants=(
                hub.Participant("organizer", hub.Identifier("email", "anna@my.example"), "Анна Смирнова"),
                hub.Participant(
                    "attendee", hub.Identifier("email", "petr@romashka.example"), "Петров, Пётр", "accepted"
                ),
            ),
        )
    }


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ("DTEND:20261102T080000Z", moment(8)),
        ("DURATION:PT45M", moment(7, 45)),
        ("DURATION:P1DT1H", moment(8, day=3)),
        ("", None),
        ("DTEND:20261102T060000Z", None),
        ("DTEND:rubbish", None),
        ("DTEND;VALUE=DATE:20261103", moment(0, day=3)),
    ],
)
def test_a_meeting_ends_when_it_is_said_to(meeting, lines, end):
    assert meeting(f"UID:1\n{START}\n{lines}").end == end


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ("DTEND;VALUE=DATE:20261105", date(2026, 11, 5)),
        ("DTEND;VALUE=DATE:20261102", date(2026, 11, 3)),
        ("DTEND;VALUE=DATE:20261101", date(2026, 11, 3)),
        ("", date(2026, 11, 3)),
        ("DURATION:P3D", date(2026, 11, 5)),
        ("DURATION:PT2H", date(2026, 11, 3)),
        ("DTEND:20261104T120000Z", date(2026, 11, 4)),
    ],
)
def test_a_whole_day_ends_on_a_day_that_no_longer_belongs_to_it(meeting, lines, end):
    found = meeting(f"UID:1\nDTSTART;VALUE=DATE:20261102\n{lines}")
    assert (found.at, found.end) == (date(2026, 11, 2), end)


@pytest.mark.parametrize("line", ["DTSTART:20261102", "DTSTART;VALUE=DATE:20261102T000000"])
def test_a_day_is_known_by_its_form_and_by_its_declaration(meeting, line):
    assert meeting(f"UID:1\n{line}").at == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("line", "private"),
    [
        ("CLASS:PUBLIC", False),
        ("CLASS:PRIVATE", True),
        ("CLASS:confidential", True),
        ("CLASS:X-SECRET", True),
        ("X-CALENDARSERVER-ACCESS:RESTRICTED", True),
        ("", False),
    ],
)
def test_what_is_not_public_is_private(meeting, line, private):
    """RFC 5545, section 3.8.1.3: a class that is not known is to be treated as PRIVATE."""
    assert meeting(f"UID:1\n{START}\n{line}").private is private


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("STATUS:CONFIRMED", "confirmed"),
        ("STATUS:Cancelled", "cancelled"),
        ("STATUS:MAYBE", "confirmed"),
        ("", "confirmed"),
    ],
)
def test_a_status_is_a_word_of_the_contract(meeting, line, status):
    assert meeting(f"UID:1\n{START}\n{line}").status == status


@pytest.mark.parametrize(
    ("parameter", "status"),
    [
        (";PARTSTAT=NEEDS-ACTION", "needs_action"),
        (";PARTSTAT=declined", "declined"),
        (";PARTSTAT=TENTATIVE", "tentative"),
        (";PARTSTAT=DELEGATED", "delegated"),
        (";PARTSTAT=X-LATER", ""),
        ("", "needs_action"),
    ],
)
def test_the_answer_of_an_attendee_is_a_word_of_the_contract(meeting, parameter, status):
    (attendee,) = meeting(f"UID:1\n{START}\nATTENDEE{parameter}:mailto:a@romashka.example").participants
    assert attendee.status == status


def test_rooms_and_projectors_do_not_take_part(meeting):
    found = meeting(
        f"UID:1\n{START}\nATTENDEE;CUTYPE=ROOM;CN=Переговорная:mailto:room@my.example\n"
        "ATTENDEE;CUTYPE=RESOURCE:mailto:projector@my.example\nATTENDEE;CUTYPE=GROUP:mailto:sales@my.example"
    )
    assert [one.identifier.value for one in found.participants] == ["sales@my.example"]


def test_an_attendee_without_an_address_keeps_the_name_and_one_without_both_is_left_out(meeting):
    found = meeting(f"UID:1\n{START}\nATTENDEE;CN=Пётр:invalid:nomail\nATTENDEE:invalid:nomail")
    assert found.participants == (hub.Participant("attendee", None, "Пётр", "needs_action"),)


def test_a_name_that_only_repeats_the_address_is_none(meeting):
    found = meeting(f"UID:1\n{START}\nATTENDEE;CN=\"'Anna@my.example'\":mailto:anna@my.example")
    assert found.participants[0].name == ""


def test_a_name_has_no_marks_that_turn_text_round_and_its_carets_are_undone(meeting):
    found = meeting(f"UID:1\n{START}\nATTENDEE;CN=ООО ^'Ром\u202eашка^'^n^^:mailto:a@romashka.example")
    assert found.participants[0].name == 'ООО "Ромашка" ^'


def test_an_answer_says_in_the_text_what_the_attendee_says_to_it(meeting):
    found = meeting(f"UID:1\n{START}\nCOMMENT:Не смогу\\, давайте в среду", head="METHOD:REPLY")
    assert (found.method, found.text) == ("REPLY", "Не смогу, давайте в среду")


@pytest.mark.parametrize(
    ("written", "method"), [("REQUEST", "REQUEST"), ("publish", ""), ("cancel", "CANCEL"), ("<x>", "")]
)
def test_the_method_of_an_invitation_is_kept(meeting, written, method):
    found = meeting(f"UID:1\n{START}", head=f"METHOD:{written}")
    assert found.method == method
    assert found.status == ("cancelled" if method == "CANCEL" else "confirmed")


def test_html_is_not_the_text(meeting):
    found = meeting(f"UID:1\n{START}\nX-ALT-DESC;FMTTYPE=text/html:<b>html</b>\nDESCRIPTION:text")
    assert found.text == "text"


def test_what_is_too_long_is_cut(meeting):
    people = "\n".join(f"ATTENDEE:mailto:{number}@romashka.example" for number in range(MOST_ATTENDEES + 5))
    found = meeting(f"UID:1\n{START}\n{people}\nDESCRIPTION:{'я' * (LONGEST_TEXT + 5)}\nSUMMARY:{'я' * 5000}")
    assert (len(found.participants), len(found.text), len(found.title)) == (MOST_ATTENDEES, LONGEST_TEXT, 500)
    assert len(found.defects) == 1


# --- UIDs ------------------------------------------------------------------------------------------------------------

# [MS-ASEMAIL] 4.3 shows both kinds; the third hides the UID of a Google meeting.
UIDS = [
    ("  x@my.example ", "x@my.example"),
    ("MixedCase-1", "MixedCase-1"),
    (
        "040000008200e00074c5b7101a82e00807d90702d4a3f8b3a21fca010000000000000000100000000a41e6bcd5d7b8469d4b1be38c2dc0be",
        "040000008200E00074C5B7101A82E00800000000D4A3F8B3A21FCA010000000000000000100000000A41E6BCD5D7B8469D4B1BE38C2DC0BE",
    ),
    (
        "040000008200E00074C5B7101A82E00800000000000000000000000000000000000000003300000076"  # noqa: ISC004 - one number
        "43616C2D5569640100000031323334353637382D6162636440726F6D6173686B612E6578616D706C6500",
        "12345678-abcd@romashka.example",
    ),
    ("040000008200E00074C5B7101A82E008 is no hex", "040000008200E00074C5B7101A82E008 is no hex"),
]


@pytest.mark.parametrize(("written", "expected"), UIDS)
def test_copies_of_one_meeting_have_one_uid(meeting, written, expected):
    assert normal(written) == expected
    assert normal(expected) == expected
    assert meeting(f"UID:{written}\n{START}").uid == expected


def test_an_event_without_a_uid_gets_one_that_its_content_alone_decides(meeting):
    first = meeting(f"{START}\nSUMMARY:x\nDTSTAMP:20260101T000000Z")
    again = meeting(
        f"DTSTAMP:20260202T000000Z\nSUMMARY:x\n{START}\nSEQUENCE:1".replace(
            f"SUMMARY:x\n{START}", f"{START}\nSUMMARY:x"
        )
    )
    other = meeting(f"{START}\nSUMMARY:y")
    assert first.uid == again.uid != other.uid
    assert first.defects == ("The event has no UID: one was made of its content.",)


# --- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("UID:1\nSUMMARY:x", "the event has no start (DTSTART)"),
        ("UID:1\nDTSTART:rubbish", "the start of the event (DTSTART) is not a date"),
        ("UID:1\nDTSTART;TZID=Europe/Moscow:00010101T000000", "the start of the event (DTSTART) is not a date"),
        ("UID:1\nDTSTART;TZID=America/New_York:99991231T235959", "the start of the event (DTSTART) is not a date"),
    ],
)
def test_an_event_that_cannot_be_read_says_why(body, event, reason):
    found = map_calendar(body(event), "", WINDOW)
    assert isinstance(found, hub.Unreadable)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "there is no event (VEVENT) in it"),
        (b"<html>not found</html>", "there is no event (VEVENT) in it"),
        (b"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\nEND:VCALENDAR", "there is no event (VEVENT) in it"),
        ("BEGIN:VCALENDAR".encode("utf-16"), "the file is in UTF-16: save it in UTF-8"),
        (b"BEGIN:VEVENT\n" + b"X:1\n" * 2_000_000, "the event is larger than 5 MB"),
    ],
)
def test_bytes_that_are_no_event_are_unreadable(data, reason):
    found = map_calendar(data, "", WINDOW)
    assert isinstance(found, hub.Unreadable)
    assert found.reason == reason


def test_an_answer_without_a_start_is_about_the_occurrence_it_names(meeting):
    found = meeting(
        "UID:1\nRECURRENCE-ID;TZID=Europe/Moscow:20261102T100000\nATTENDEE:mailto:a@b.example", head="METHOD:REPLY"
    )
    assert found.at.utc == datetime(2026, 11, 2, 7, tzinfo=UTC)
    assert found.recurrence_id == "20261102T070000Z"


def test_the_same_bytes_give_the_same_meetings(body):
    data = body(f"UID:1\n{START}\nRRULE:FREQ=DAILY;COUNT=20\nATTENDEE:mailto:a@b.example", f"{START}\nSUMMARY:x")
    assert map_calendar(data, "", WINDOW) == map_calendar(data, "", WINDOW)
