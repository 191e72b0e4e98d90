"""Files on disk, read by the connector as the hub reads it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hub_contacts.plugin import CONNECTOR

import hub

WINDOW = hub.Window(date(2026, 11, 1), date(2027, 1, 1))


@dataclass(frozen=True)
class Found:
    """What a stream held: raws by id in the order they came, and what each maps to."""

    pages: list[hub.Page]

    @property
    def raws(self) -> dict[str, hub.Raw]:
        raws = [raw for page in self.pages for raw in page.raws]
        assert len({raw.external_id for raw in raws}) == len(raws), "an id came twice"
        return {raw.external_id: raw for raw in raws}

    @property
    def mapped(self) -> dict[str, hub.MapResult]:
        return {one: CONNECTOR.map(raw.body, None, WINDOW) for one, raw in self.raws.items()}

    @property
    def records(self) -> list:
        return [each.record for said in self.mapped.values() if not isinstance(said, hub.Unreadable) for each in said]

    @property
    def unread(self) -> list[str]:
        """Why rows could not be read, without the name of the file."""
        return [said.reason.partition(", ")[2] for said in self.mapped.values() if isinstance(said, hub.Unreadable)]

    @property
    def revisions(self) -> dict[str, str]:
        return {one: raw.revision for one, raw in self.raws.items()}


@pytest.fixture
def tools() -> hub.Tools:
    return hub.Tools(
        clock=lambda: datetime(2026, 11, 2, tzinfo=UTC),
        log=logging.LoggerAdapter(logging.getLogger("contacts")),
        stopping=lambda: False,
    )


@pytest.fixture
def opened(tools: hub.Tools) -> Callable:
    """The source of some files (tables of settings), with `timezone` or without."""

    @contextmanager
    def open_source(*files: dict, timezone: str = "Europe/Moscow") -> Iterator[hub.Source]:
        settings = CONNECTOR.settings.model_validate({"files": files, "timezone": timezone})
        with CONNECTOR.open(settings, tools) as source:
            yield source

    return open_source


@pytest.fixture
def read(opened: Callable) -> Callable[..., Found]:
    """All that one file holds."""

    def read_file(path: Path, kind: str = "clients", *others: dict, timezone: str = "Europe/Moscow", **said) -> Found:
        with opened({"path": path, "kind": kind, **said}, *others, timezone=timezone) as source:
            return Found(list(source.pull(said.get("stream") or path.stem, None)))

    return read_file


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A text file, by default `clients.csv` in UTF-8."""

    def write_file(text: str | bytes, name: str = "clients.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write_file


@pytest.fixture
def identifiers() -> Callable[..., set[tuple[str, str]]]:
    """What points to a party, as pairs."""
    return lambda record: {(one.kind, one.value) for one in record.identifiers}
