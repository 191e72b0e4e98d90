"""Calendar files, all the way into the history."""

import pytest

import hub


@pytest.fixture
def office(tmp_path, filed, module):
    """Two folders with a `meetings.ics` each, and a hub that reads the first."""
    people = "ATTENDEE:mailto:petr@romashka.example\nEND:VEVENT"
    for name, uid in (("anna", "a"), ("boris", "b")):
        path = tmp_path / name / "meetings.ics"
        filed.write(path, *(filed.event(f"{uid}{n}", title=f"{uid}{n}").replace("END:VEVENT", people) for n in "123"))
    world = module("tests/shared/world.py").World(tmp_path, {"files": ("calendar.files", {})})
    world.list_a_client()
    world.settings["path"] = [str(tmp_path / "anna" / "meetings.ics")]
    return world


def test_a_second_file_of_the_same_name_is_refused_and_the_first_stays_as_it_is(office, tmp_path):
    office.good_sync()
    before = office.dump()
    office.settings["path"].append(str(tmp_path / "boris" / "meetings.ics"))
    [report] = office.sync()
    assert isinstance(report.error, hub.Misconfigured)
    assert office.dump() == before
    office.connections["more"] = ("calendar.files", {"path": office.settings["path"].pop()})
    office.good_sync()
    assert sorted(office.history()) == ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert office.removed() == []


def test_a_calendar_that_gets_another_name_loses_and_doubles_nothing(office, tmp_path):
    """As it was for namesakes once: a stream of another name tells of everything that the one had that is gone."""
    office.good_sync()
    (tmp_path / "anna" / "meetings.ics").rename(tmp_path / "anna" / "renamed.ics")
    office.settings["path"] = [str(tmp_path / "anna" / "renamed.ics")]
    assert {report.stream: report.state for report in office.sync()} == {"renamed.ics": "ok"}
    assert sorted(office.history()) == ["a1", "a2", "a3"]
    office.good_sync()
    assert sorted(office.history()) == ["a1", "a2", "a3"]
