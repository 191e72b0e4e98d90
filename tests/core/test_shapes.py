"""What passes the check can be stored and read back, as it was."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hub
from hub.core.records import RECORDS
from hub.core.shapes import misfit
from hub.store import encoding

WHEN = hub.moment(datetime(2026, 11, 2, 9, tzinfo=UTC))
Kind = get_type_hints(hub.Identifier)["kind"]
SCALAR = "str | int | float | bool | None"
NAIVE = (datetime(1900, 1, 1), datetime(2199, 1, 1))  # noqa: DTZ001 - Hypothesis wants them without a zone
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
st.register_type_strategy(str, TEXT)
st.register_type_strategy(
    hub.Moment,
    st.builds(lambda at: hub.moment(at.replace(tzinfo=UTC)), st.datetimes(*NAIVE)),
)
st.register_type_strategy(
    Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
)
st.register_type_strategy(int, st.integers(0, 2**31 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_whatever_fits_is_read_back_as_it_was(kind):
    @given(st.builds(RECORDS[kind]))
    def reads_back(record):
        if misfit(record) is None:
            assert encoding.load(kind, encoding.dump(record)) == record

    reads_back()


def test_of_records_that_were_read_nothing_stays():
    bodies = [encoding.dump(hub.Note(at=WHEN, title=f"Заметка {n}", text=f"О складе {n}")) for n in range(2_000)]
    encoding.load("note", bodies[0])
    tracemalloc.start()
    try:
        for body in bodies:
            encoding.load("note", body)
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_what_is_built_by_the_annotations_fits(kind):
    @given(st.builds(RECORDS[kind]))
    def fits(record):
        assert misfit(record) is None

    fits()


NOBODY = hub.Participant("to", hub.Identifier("fax", "1"))
EARLIER = hub.moment(datetime(2026, 11, 2, 8, tzinfo=UTC))
SAME = hub.moment(datetime(2026, 11, 2, 12, tzinfo=timezone(timedelta(hours=3))))


@pytest.mark.parametrize(
    ("record", "place", "given", "due"),
    [
        (hub.Note(at=datetime(2026, 11, 2, tzinfo=UTC)), "Note.at", "datetime", "Moment"),
        (hub.Note(at=WHEN, title=None), "Note.title", "NoneType", "str"),
        (hub.Note(at=WHEN, participants=[]), "Note.participants", "list", "tuple[Participant, ...]"),
        (hub.Note(at=WHEN, participants=(NOBODY,)), "Note.participants[0].identifier.kind", "str", str(Kind).removeprefix("typing.")),
        (hub.Note(at=WHEN, participants=(NOBODY,) * 10_001), "Note.participants", "tuple × 10001", "tuple × 10000"),
        (hub.Note(at=hub.Moment(WHEN.utc, None)), "Note.at.zone", "NoneType", "str"),
        (hub.Note(at=WHEN, text="а" * 4_000_001), "Note.text", "str × 4000001", "str × 4000000"),
        (hub.Note(at=WHEN, text="\ud83d"), "Note.text", r"half a character (\ud800…\udfff)", "str × 4000000"),
        (hub.Call(at=WHEN, seconds=True), "Call.seconds", "bool", "int 0…2147483647"),
        (hub.Call(at=WHEN, seconds=-5), "Call.seconds", "-5", "int 0…2147483647"),
        (hub.Call(at=WHEN, seconds=2**62), "Call.seconds", str(2**62), "int 0…2147483647"),
        (hub.Meeting(at=WHEN, uid="1", end=EARLIER), "Meeting.end", "an earlier moment", "at ≤ end"),
        (hub.Meeting(at=date(2026, 11, 2), uid="1", end=date(2026, 11, 1)), "Meeting.end", "an earlier moment", "at ≤ end"),
        (hub.Document(at=date(2026, 11, 2), amount=1.5), "Document.amount", "1.5", "Decimal | None"),
        (hub.Document(at=date(2026, 11, 2), amount=Decimal("NaN")), "Document.amount", "NaN", "Decimal | None"),
        (hub.Document(at=date(2026, 11, 2), amount=Decimal("1e99")), "Document.amount", "1E+99", "Decimal | None"),
        (hub.Document(at=date(2026, 11, 2), due=datetime(2026, 11, 2)), "Document.due", "datetime", "date | None"),  # noqa: DTZ001 - the defect
        (hub.Company(name="x", extra={"k": object()}), "Company.extra['k']", "object", SCALAR),
        (hub.Company(name="x", extra={"k": 2**64}), "Company.extra['k']", str(2**64), SCALAR),
        (hub.Company(name="x", extra={"k": float("nan")}), "Company.extra['k']", "nan", SCALAR),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_place_and_what_is_due_there(record, place, given, due):
    found = misfit(record)
    assert (found.place, found.given, found.due) == (place, given, due)


@pytest.mark.parametrize("end", [None, WHEN, SAME, date(2026, 11, 1)])
def test_a_meeting_may_end_when_it_begins_whatever_its_zone(end):
    assert misfit(hub.Meeting(at=WHEN, uid="1", end=end)) is None
