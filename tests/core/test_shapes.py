"""What passes the check can be stored and read back, as it was."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hub
from hub.core.records import RECORDS
from hub.core.shapes import misfit
from hub.store import encoding

WHEN = hub.moment(datetime(2026, 11, 2, 9, tzinfo=UTC))
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
st.register_type_strategy(int, st.integers(-(2**53), 2**53))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_whatever_fits_is_read_back_as_it_was(kind):
    @given(st.builds(RECORDS[kind]))
    def reads_back(record):
        if not misfit(record):
            assert encoding.load(kind, encoding.dump(record)) == record

    reads_back()


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_what_is_built_by_the_annotations_fits(kind):
    @given(st.builds(RECORDS[kind]))
    def fits(record):
        assert misfit(record) == ""

    fits()


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (hub.Note(at=datetime(2026, 11, 2, tzinfo=UTC)), "Note.at"),
        (hub.Note(at=WHEN, title=None), "Note.title"),
        (hub.Note(at=WHEN, participants=[]), "Note.participants"),
        (hub.Note(at=WHEN, participants=(hub.Participant("to", "a@b.test"),)), "Note.participants"),
        (hub.Note(at=WHEN, participants=(hub.Participant("to", hub.Identifier("fax", "1")),)), "Note.participants"),
        (hub.Call(at=WHEN, seconds=True), "Call.seconds"),
        (hub.Call(at=WHEN, direction="up"), "Call.direction"),
        (hub.Document(at=date(2026, 11, 2), amount=1.5), "Document.amount"),
        (hub.Document(at=date(2026, 11, 2), amount=Decimal("NaN")), "Document.amount"),
        (hub.Company(name="x", extra={"k": object()}), "Company.extra"),
    ],
)
def test_a_wrong_field_is_named(record, field):
    assert misfit(record) == field
