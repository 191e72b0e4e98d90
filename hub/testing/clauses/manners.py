"""What a connector must not do beside its work: change, print, call, tell, leak, grow."""

import gc
import logging
import time
import traceback
import tracemalloc
from pathlib import Path
from threading import Thread

import pytest

import hub
from hub.http.origins import hosts_of
from hub.testing import canaries
from hub.testing.observed import calling_only
from hub.testing.trial import Trial, pages_of

_OPEN = Path("/proc/self/fd")
_SLACK = 1_000_000
_CLOSES_S = 1.0


class MannersClauses:
    def test_checking_changes_nothing(self, trial: Trial) -> None:
        items = trial.pull().items.keys()
        before = trial.state()
        _check(trial)
        assert trial.state() == before
        assert trial.pull().items.keys() == items

    def test_checking_reads_no_item(self, trial: Trial) -> None:
        reads = trial.reads()
        _check(trial)
        assert trial.reads() == reads, "`check` signs in and reads nothing"

    def test_pulling_changes_nothing_at_the_source(self, trial: Trial) -> None:
        """A mail stays unread, a file keeps its time."""
        before = trial.state()
        _read(trial)
        assert trial.state() == before

    def test_only_declared_hosts_are_called(self, trial: Trial) -> None:
        hosts = trial.connector.hosts(trial.settings())
        assert isinstance(hosts, frozenset), f"`Connector.hosts` gives a frozenset of origins, not {hosts!r}"
        with calling_only(hosts_of(hosts)) as strangers:
            try:
                _use(trial)
            finally:
                assert strangers == [], f"declare them in `Connector.hosts`, or do not call them: {strangers}"

    def test_nothing_is_printed(self, trial: Trial, capfd: pytest.CaptureFixture[str]) -> None:
        capfd.readouterr()
        _use(trial)
        printed = capfd.readouterr()
        assert (printed.out, printed.err) == ("", ""), "use tools.log"

    def test_no_secret_is_logged_or_shown(self, trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        shown: list[str] = []
        for settings in (trial.settings(), canaries.planted(trial.settings())):
            shown += [repr(settings), str(settings)]
            secrets = canaries.secrets(settings)
            try:
                with trial.opened(settings) as source:
                    shown.append(repr(source))
                    source.check()
                    shown += [repr(page) for stream in source.streams() for page in pages_of(source, stream.name, None)]
            except Exception as error:  # noqa: BLE001 - wrong secrets are refused, and the refusal is shown to people
                shown += [*traceback.format_exception(error), repr(error), str(getattr(error, "fix", ""))]
            shown += [repr(vars(record)) + record.getMessage() for record in caplog.records]
            for text in shown:
                found = canaries.found(secrets, text)
                assert not found, f"{len(found)} of {len(secrets)} secrets can be read in: {text[:500]}"

    def test_closing_the_source_lets_go_of_everything(self, trial: Trial) -> None:
        if not _OPEN.exists():
            pytest.skip("open files cannot be counted here")
        _use(trial)
        before = _open_files()
        kept = [_opened_once(trial) for _ in range(5)]
        after = _open_files(more_than=before)
        assert after <= before, (
            f"after it was opened and closed {len(kept)} times, {after - before} more files are open"
        )

    def test_waiting_ends_at_the_deadline(self, trial: Trial) -> None:
        trial.needs_capability("wait")
        with trial.opened() as source:
            if not isinstance(source, hub.Waits):
                pytest.skip("the source cannot wait")
            waiting = Thread(target=source.wait, args=(trial.now,), daemon=True)
            waiting.start()
            waiting.join(trial.author.patience)
            assert not waiting.is_alive(), "the deadline has passed, and it still waits"

    def test_memory_does_not_grow_with_the_number_of_items(self, trial: Trial) -> None:
        """Applies where the test class says how `many` items are many."""
        trial.needs("add")
        if not trial.author.many:
            pytest.skip("the test class does not say how `many`")
        few = _peak(trial)
        for number in range(trial.author.many):
            trial.author.add(trial.place, f"many{number}")
        assert _peak(trial) <= 1.2 * few + _SLACK


def _check(trial: Trial) -> None:
    with trial.opened() as source:
        source.check()
        source.check()


def _use(trial: Trial) -> None:
    """All that a connection does in a day."""
    _check(trial)
    _read(trial)


def _read(trial: Trial) -> None:
    reading = trial.pull()
    trial.pull(reading.cursors)
    list(trial.records(reading))
    with trial.opened() as source:
        for key in list(reading.items)[:3] if "fetch" in trial.connector.capabilities else ():
            source.fetch(key.stream, key.external_id, "")
        if "ids" in trial.connector.capabilities:
            [list(source.ids(stream.name).ids) for stream in source.streams()]


def _open_files(*, more_than: int = 0) -> int:
    """How many files are open; where there are too many, once what waits to be collected is, and once the other end, which a
    simulator in this process has, is closed.
    """
    until = time.monotonic() + _CLOSES_S
    while (found := len(list(_OPEN.iterdir()))) > more_than > 0 and time.monotonic() < until:
        gc.collect()
        time.sleep(0.02)
    return found


def _opened_once(trial: Trial) -> object:
    """The source after it was closed: what it still holds on to stays open."""
    with trial.opened() as source:
        for stream in source.streams():
            next(pages_of(source, stream.name, None), None)
        return source


def _peak(trial: Trial) -> int:
    """The most memory that was in use at once while every item was pulled and let go, in bytes."""
    tracemalloc.start()
    try:
        with trial.opened() as source:
            for stream in [stream.name for stream in source.streams()]:
                for page in pages_of(source, stream, None):
                    del page
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
