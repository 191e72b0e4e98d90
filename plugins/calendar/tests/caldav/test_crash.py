"""Dying at any step of a sync of calendars.

stage 0   the first pull of a calendar, page by page
stage 1   what is new, changed, private now, deleted one by one
stage 2   the server has forgotten how far we had read, and two events are gone
"""

import pytest

STAGES, SAMPLE = 3, 3
LOST = '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>'


@pytest.fixture
def life(scripted, event, world, in_small_pages, module, tmp_path):
    server = scripted()

    def put(name, *args, **more):
        server.put(f"{name}.ics", event(name, *args, **more))

    def change(stage):
        if stage == 0:
            for number in range(11):
                put(f"e{number:02}", f"Встреча {number}", start=f"202{number % 7}0601T100000")
            put("series", "Планёрка", more="RRULE:FREQ=WEEKLY;COUNT=5\n")
            put("private", "Тайна", more="CLASS:PRIVATE\n")
        elif stage == 1:
            put("e01", "Встреча перенесена", start="20260701T100000")
            put("e02", "Стала личной", more="CLASS:PRIVATE\n")
            put("series", "Планёрка", more="RRULE:FREQ=WEEKLY;COUNT=4\n")
            for number in range(5):
                put(f"n{number}", f"Новая {number}")
            server.delete("e03.ics")
        else:
            put("e04", "Ещё раз перенесена")
            server.delete("e05.ics")
            server.delete("e06.ics")
            server.answers["REPORT", "sync-collection"] = lambda _path, _body: (412, LOST)

    hub = world(calendars=server.settings)
    hub.instead = {"calendar.caldav": in_small_pages(4)}
    return module("tests/shared/dying.py").Life(hub, tmp_path, change)


def test_dying_at_any_step_and_starting_over_ends_in_the_same_history(life):
    assert life.dies(STAGES, SAMPLE) == SAMPLE * STAGES
