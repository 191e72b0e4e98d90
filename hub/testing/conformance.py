"""The conformance kit: what every connector has to do, each clause a test named as a sentence.

Subclass `ConnectorTests` and say how to make a source:

    from acme_notes.plugin import CONNECTOR
    from hub.testing import ConnectorTests

    class TestNotes(ConnectorTests):
        connector = CONNECTOR

        def good_settings(self, place):
            return {"path": place}

        def bad_settings(self, place):
            return [{"path": place / "nowhere"}]

        def add(self, place, name):
            (place / f"{name}.txt").write_text(f"2026-03-02T09:00+03:00 Позвонить: {name}")

With `amend` and `delete` beside `add` more clauses apply; one that does not is skipped and says why. A source that is
no files is started in an autouse fixture of the subclass, kept on `self`, and named by `good_settings`.

The clauses stand in `hub.testing.clauses`. That each of them bites is proved with a source that breaks it and no
other (`tests/testing/mutants.py` in the project).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

import hub
from hub.testing.clauses.description import DescriptionClauses
from hub.testing.clauses.manners import MannersClauses
from hub.testing.clauses.mapping import MappingClauses
from hub.testing.clauses.pulling import PullingClauses
from hub.testing.observed import opened_under
from hub.testing.trial import Trial

_CHANGES = ("add", "amend", "delete")


class ConnectorTests(DescriptionClauses, PullingClauses, MappingClauses, MannersClauses):
    """Subclass it in a test file, give `connector`, and define as many of the methods below as the source allows.

    `items` is how many items are added before a test: enough for three pages, or the clauses about resuming prove
    nothing. `many`, where it is not 0, is how many items the clause about memory adds. `tick` is how long to wait
    before a change, so that the source's clock sees it, `patience` how long a call that must end may take, in seconds.
    """

    connector: ClassVar[hub.Connector]
    items: ClassVar[int] = 12
    many: ClassVar[int] = 0
    tick: ClassVar[float] = 0.02
    patience: ClassVar[float] = 10

    def good_settings(self, place: Path) -> Mapping[str, Any]:
        """Settings that work. `place` is an empty folder of this test; a source that cannot `add` is filled here."""
        raise NotImplementedError

    def bad_settings(self, place: Path) -> Iterable[Mapping[str, Any]]:
        """Settings that cannot work: a wrong password, a folder that is not there."""
        raise NotImplementedError

    def add(self, place: Path, name: str) -> None:
        """Put one item more into the source; `name` is new and has only letters and digits."""
        raise NotImplementedError

    def amend(self, place: Path, name: str) -> None:
        """Change what the item says."""
        raise NotImplementedError

    def delete(self, place: Path, name: str) -> None:
        """Take the item out of the source."""
        raise NotImplementedError

    def grant(self, place: Path) -> hub.Grant | None:  # noqa: ARG002 - for those who override it
        """What `hub connect` would have stored, for a connector that signs in with tokens."""
        return None

    def state(self, place: Path) -> object:
        """Anything that differs when the source was changed: by default the files at `place` and what is in them."""
        return {
            str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }

    def reads(self, place: Path) -> int:  # noqa: ARG002 - for those who override it
        """How many times an item has been read so far: by default, how many files at `place` were opened."""
        return len(self._opened)

    @pytest.fixture
    def trial(self, tmp_path: Path) -> Iterator[Trial]:
        """The connector with good settings and `items` items."""
        place = tmp_path / "source"
        place.mkdir()
        changes = (name for name in _CHANGES if getattr(type(self), name) is not getattr(ConnectorTests, name))
        given = self.good_settings(place)
        trial = Trial(self.connector, given, place, self, frozenset(changes), grant=self.grant(place))
        if "add" in trial.changes:
            for name in trial.names:
                self.add(place, name)
        with opened_under(place) as self._opened:
            yield trial
