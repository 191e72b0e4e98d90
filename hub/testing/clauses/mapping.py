"""The map is pure, never raises, and gives records that mean what the contract says."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import hub
from hub.testing import rubbish
from hub.testing.damage import damaged
from hub.testing.elsewhere import map_elsewhere, map_here
from hub.testing.trial import NOW, WINDOW, Trial

_WINDOWS = [hub.Window(NOW.date(), date(year, 1, 1)) for year in (2026, 2027, 2029)]


class MappingClauses:
    def test_the_items_of_a_good_source_can_be_read(self, trial: Trial) -> None:
        results = [trial.map(body) for body in trial.pull().bodies]
        unreadable = [result for result in results if isinstance(result, hub.Unreadable)]
        assert not unreadable, unreadable[:3]
        assert any(results), "no item gives a record"

    def test_the_same_bytes_give_the_same_records(self, trial: Trial) -> None:
        bodies, settings = trial.pull().bodies, trial.settings()
        once, twice = (map_here(trial.connector, settings, bodies, WINDOW) for _ in range(2))
        assert once == twice

    def test_the_same_bytes_give_the_same_records_in_another_process(self, trial: Trial) -> None:
        """There, hashes, the time zone and the locale are others."""
        bodies, settings = trial.pull().bodies, trial.settings()
        elsewhere = map_elsewhere(trial.connector, settings, bodies, WINDOW)
        assert map_here(trial.connector, settings, bodies, WINDOW) == elsewhere

    def test_the_map_never_raises(self, trial: Trial) -> None:
        settings = trial.settings()
        for body in damaged(trial.pull().bodies):
            try:
                trial.connector.map(body, settings, WINDOW)
            except BaseException as error:
                raise AssertionError(f"return hub.Unreadable; {body[:200]!r} made it raise {error!r}") from error

    def test_records_have_values_of_the_declared_types(self, trial: Trial) -> None:
        for body, result in _results(trial):
            _assert_none(rubbish.wrong_types(result), body)

    def test_no_two_records_of_an_item_have_the_same_part(self, trial: Trial) -> None:
        for body, result in _results(trial):
            _assert_none(rubbish.repeated_parts(result), body)

    def test_texts_have_no_lone_surrogates(self, trial: Trial) -> None:
        for body, result in _results(trial):
            _assert_none(rubbish.lone_surrogates(result), body)

    def test_moments_are_moments_and_days_are_dates(self, trial: Trial) -> None:
        for body, result in _results(trial):
            _assert_none(rubbish.naive_moments(result), body)

    def test_roles_and_statuses_are_words_of_the_contract(self, trial: Trial) -> None:
        for body, result in _results(trial):
            _assert_none(rubbish.strange_words(result), body)

    def test_references_name_items_of_the_connection(self, trial: Trial) -> None:
        with trial.opened() as source:
            streams = [stream.name for stream in source.streams()]
        for key, mapped in trial.records(trial.pull()):
            assert list(rubbish.dangling_refs(mapped.record, streams)) == [], key

    def test_a_later_horizon_only_adds_occurrences(self, trial: Trial) -> None:
        for body in trial.pull().bodies:
            results = [trial.map(body, window) for window in _WINDOWS]
            parts = [{mapped.part for mapped in _sequence(result)} for result in results]
            assert all(early <= late for early, late in pairwise(parts)), body[:200]
            for window, result in zip(_WINDOWS, results, strict=True):
                beyond = list(_beyond(_sequence(result), window.until))
                assert not beyond, f"occurrences at or after the horizon {window.until}: {beyond[:5]}"


def _assert_none(wrong: Iterable[object], body: bytes) -> None:
    found = list(wrong)
    assert not found, f"{found[:3]} of {body[:200]!r}"


def _results(trial: Trial) -> Iterator[tuple[bytes, Any]]:
    """What the bodies of the source, whole and damaged, map to; that a map raises is another clause."""
    settings = trial.settings()
    bodies = trial.pull().bodies
    for body in (*bodies, *damaged(bodies)):
        with suppress(Exception):
            yield body, trial.connector.map(body, settings, WINDOW)


def _beyond(laid_out: list[hub.Mapped], until: date) -> Iterator[str]:
    """Parts at `until` or later, but for the first occurrence of a series that has no other."""
    begun: set[str] = set()
    for mapped in sorted(laid_out, key=lambda one: _day(one.record)):
        uid = getattr(mapped.record, "uid", "")
        if _day(mapped.record) >= until and uid in begun:
            yield mapped.part
        begun.add(uid)


def _sequence(result: hub.MapResult) -> list[hub.Mapped]:
    return [] if isinstance(result, hub.Unreadable) else list(result)


def _day(record: hub.Record) -> date:
    """The day of an occurrence; of anything else a day before every horizon."""
    if not isinstance(record, hub.Meeting) or not record.recurring:
        return date.min
    return record.at.utc.date() if isinstance(record.at, hub.Moment) else record.at
