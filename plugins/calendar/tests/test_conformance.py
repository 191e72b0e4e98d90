"""What the hub asks of every connector."""

from pathlib import Path

from hub_calendar.plugin import CALENDAR_FILES

from hub.testing import ConnectorTests

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Мы//Календарь//RU
BEGIN:VEVENT
UID:{name}@my.example
DTSTAMP:20260501T090000Z
DTSTART;TZID=Europe/Moscow:20260601T100000
DTEND;TZID=Europe/Moscow:20260601T110000
{rule}SUMMARY:{title}
ORGANIZER;CN=Анна Смирнова:mailto:anna@my.example
ATTENDEE;CN=Пётр;PARTSTAT=NEEDS-ACTION:mailto:petr@romashka.example
END:VEVENT
END:VCALENDAR
"""


def event(name: str, title: str) -> str:
    return EVENT.format(name=name, title=title, rule="RRULE:FREQ=MONTHLY;COUNT=40\n" if name.endswith("00") else "")


class TestAFolderOfEvents(ConnectorTests):
    """One event in each file, as vdirsyncer and Radicale keep them."""

    connector = CALENDAR_FILES
    items = 201

    def good_settings(self, place: Path):
        return {"path": str(place), "owner": "anna@my.example", "timezone": "Europe/Moscow"}

    def bad_settings(self, place: Path):
        return [{"path": str(place / "nowhere")}, {}, {"path": str(place), "timezone": "Europe/Romashka"}]

    def add(self, place: Path, name: str) -> None:
        (place / f"{name}.ics").write_text(event(name, "Встреча"), encoding="utf-8")

    def amend(self, place: Path, name: str) -> None:
        (place / f"{name}.ics").write_text(event(name, "Встреча перенесена"), encoding="utf-8")

    def delete(self, place: Path, name: str) -> None:
        (place / f"{name}.ics").unlink()


class TestOneExportedFile(TestAFolderOfEvents):
    """All events in one file, as Google, Yandex and Outlook export them."""

    def good_settings(self, place: Path):
        (place / "export.ics").touch()
        return {"path": [str(place / "export.ics")]}

    def add(self, place: Path, name: str) -> None:
        with (place / "export.ics").open("a", encoding="utf-8") as file:
            file.write(event(name, "Встреча"))

    def amend(self, place: Path, name: str) -> None:
        self._replace(place, name, event(name, "Встреча перенесена"))

    def delete(self, place: Path, name: str) -> None:
        self._replace(place, name, "")

    def _replace(self, place: Path, name: str, by: str) -> None:
        file = place / "export.ics"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(event(name, "Встреча"), by), encoding="utf-8")
