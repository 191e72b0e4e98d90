"""What need not be listed again: files that are as they were at the last listing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import hub


@pytest.fixture
def listed(filed) -> Callable[[Path, str | None], hub.Listing]:
    """What the source names after a whole pull from that cursor."""

    def of(path: Path, cursor: str | None) -> hub.Listing:
        source = filed.opened(path)
        pages = list(source.pull(path.name, cursor))
        listing = source.ids(path.name)
        last = pages[-1].cursor if pages else ""
        return hub.Listing(listing.complete, set(listing.ids), cursor=listing.cursor or last)

    return of


def test_files_that_are_as_they_were_at_the_last_listing_are_not_read_for_another(tmp_path, filed, listed):
    filed.write(tmp_path / "a.ics", filed.event("a"))
    filed.write(tmp_path / "b.ics", filed.event("b"))
    first = listed(tmp_path, None)
    assert (first.complete, first.ids) == (True, {"a.ics#a", "b.ics#b"})
    again = listed(tmp_path, first.cursor)
    assert (again.complete, again.ids) == (False, set())


@pytest.mark.parametrize("change", ["gone", "changed", "new"])
def test_when_anything_has_changed_all_is_listed(tmp_path, change, filed, listed):
    for name in ("a", "b"):
        filed.write(tmp_path / f"{name}.ics", filed.event(name))
    cursor = listed(tmp_path, None).cursor
    match change:
        case "gone":
            (tmp_path / "b.ics").unlink()
        case "changed":
            filed.write(tmp_path / "b.ics", filed.event("c"), filed.event("d"))
        case _:
            filed.write(tmp_path / "c.ics", filed.event("c"))
    found = listed(tmp_path, cursor)
    assert found.complete
    assert found.ids == {"gone": {"a.ics#a"}, "changed": {"a.ics#a", "b.ics#c", "b.ics#d"}}.get(
        change, {"a.ics#a", "b.ics#b", "c.ics#c"}
    )
    assert not listed(tmp_path, found.cursor).complete


def test_a_listing_that_was_not_believed_is_given_again(tmp_path, filed, listed):
    """The hub takes its cursor only once everything is marked that it does not name."""
    filed.write(tmp_path / "a.ics", filed.event("a"))
    cursor = listed(tmp_path, None).cursor
    (tmp_path / "a.ics").unlink()
    _, after = filed.pull(tmp_path, cursor)
    for _ in range(2):
        assert listed(tmp_path, after).complete


def test_a_cursor_from_before_listings_were_remembered_is_understood(tmp_path, filed, listed):
    filed.write(tmp_path / "a.ics", filed.event("a"))
    _, cursor = filed.pull(tmp_path)
    old = json.dumps({key: said for key, said in json.loads(cursor or "").items() if key != "listed"})
    assert filed.pull(tmp_path, old)[0] == {}
    assert listed(tmp_path, old).complete
