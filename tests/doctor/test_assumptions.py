"""What a connector takes for granted, and whether it is so: asked of the source, which may be in a process of its own."""

import json

import pytest

import hub as door
from hub.testing import memory
from tests.doctor.conftest import TOML


@pytest.fixture(params=["here", "apart"])
def asked(request, hub, home):
    """What is said of the assumptions by name, and the exit code."""
    if request.param == "here":
        (home / "hub.toml").write_text(TOML + "\n[sync]\nisolate = false\n", "utf-8")

    def ask(*words):
        said = hub("doctor", "crm", "--assumptions", "--json", *words)
        return {one["about"] or one["check"]: one for one in json.loads(said.out)["checks"]}, said.code

    return ask


def test_what_holds_and_what_cannot_be_tried(asked, served):
    found, code = asked()
    assert (found["complete"]["level"], found["complete"]["says"]) == ("ok", "holds: a listing names all that there is")
    assert found["renewal"]["says"] == "cannot be tried without writing: a token is never renewed"
    assert (found["renewal"]["level"], code) == ("unknown", 0)


def test_what_does_not_hold_fails(asked, served):
    served.complete = False
    found, code = asked()
    assert (found["complete"]["level"], code) == ("failed", 1)
    assert found["complete"]["says"].startswith("does not hold: ")
    assert found["answers"]["level"] == "ok"


def test_what_nothing_shows_is_left_open(asked, served):
    served.shelves.clear()
    found, code = asked()
    assert (found["complete"]["says"], code) == ("nothing there shows it: a listing names all that there is", 0)


def test_one_that_may_not_be_asked_hides_no_other(asked, served):
    served.faults[("notes", 1)] = door.Refused("you may not")
    found, _code = asked()
    assert found["answers"]["says"] == "cannot be seen (you may not): every stream has a page"
    assert {"complete", "renewal"} <= set(found)


def test_a_system_that_goes_away_ends_it(asked, served):
    served.faults[("notes", 1)] = door.Unreachable("gone for lunch", fix="come back later")
    found, code = asked()
    assert (found["sign-in"]["says"], found["sign-in"]["fix"], code) == ("gone for lunch", "come back later", 1)
    assert set(found) == {"complete", "sign-in"}


def test_it_is_told_in_russian(hub, served):
    said = hub("--lang", "ru", "doctor", "crm", "--assumptions").out
    assert "Допущение crm: верно: в перечне есть всё, что есть" in said
    assert "без записи проверить нельзя" in said


@pytest.fixture
def served():
    with memory.Memory("crm").serving() as source:
        source.stream("notes")
        source.add("notes", "1")
        yield source
