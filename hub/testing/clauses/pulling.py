"""The promise of `pull`: nothing is lost, whatever happens between two pages."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import hub
from hub.testing.trial import Key, Taken, Trial, body_of, pages_of

MOST_RAWS = 2_000
MOST_CURSOR_BYTES = 64 * 1024
MOST_NAME_BYTES = 4_096
_GARBAGE = ("", "garbage", "{}", "null", "[]", "0", "-1", "9" * 30, "\0", "мусор", "../../etc/passwd", "[null,1,{}]")
_MORE = ("more1", "more2", "more3")
_WRONG_CLOCKS = (datetime(1999, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))


class PullingClauses:
    # --- pages ---

    def test_a_page_has_values_of_the_right_types(self, trial: Trial) -> None:
        for stream, page in trial.pull().pages:
            assert isinstance(page, hub.Page), stream
            assert _is_name(page.epoch), f"{stream}: epoch is {page.epoch!r:.200}"
            for raw in page.raws:
                assert isinstance(raw, hub.Raw), f"{stream}: {type(raw).__name__} among the raws"
                assert _is_name(raw.external_id), f"{stream}: external_id is {raw.external_id!r:.200}"
                assert raw.external_id, f"{stream}: an external_id is empty"
                assert _is_name(raw.revision), f"{stream}: revision is {raw.revision!r:.200}"
                assert isinstance(raw.body, bytes) or callable(raw.body), f"{stream}: body is {type(raw.body).__name__}"

    def test_a_body_is_bytes(self, trial: Trial) -> None:
        for key, taken in trial.pull().items.items():
            assert type(taken.body) is bytes, f"the body of {key} is of type {type(taken.body).__name__}"

    def test_a_page_is_not_too_long(self, trial: Trial) -> None:
        longest = max((len(page.raws) for _, page in trial.pull().pages), default=0)
        assert longest <= MOST_RAWS, f"a page has {longest} raws; a transaction bears {MOST_RAWS}"

    def test_the_counts_add_up(self, trial: Trial) -> None:
        """The source stands still here, so that what it names is what it brings."""
        for stream, page in trial.pull().pages:
            assert type(page.listed) is int, f"{stream}: listed is {page.listed!r}"
            assert page.listed == len(page.raws), f"{stream}: {page.listed} listed, {len(page.raws)} raws"

    def test_a_cursor_is_a_text_that_is_not_too_long(self, trial: Trial) -> None:
        for stream, page in trial.pull().pages:
            assert isinstance(page.cursor, str), f"{stream}: cursor is {page.cursor!r}"
            size = len(page.cursor.encode())
            assert size <= MOST_CURSOR_BYTES, f"{stream}: a cursor of {size} bytes"

    def test_no_cursor_comes_twice_in_a_pull(self, trial: Trial) -> None:
        """A cursor that comes again means that the pull goes round in a circle."""
        for start in (None, trial.pull().cursors):
            reading = trial.pull(start)
            cursors = [(stream, page.cursor) for stream, page in reading.pages]
            assert len(set(cursors)) == len(cursors), f"among {cursors[-5:]}"

    # --- items ---

    def test_every_item_is_delivered(self, trial: Trial) -> None:
        trial.needs("add")
        before = trial.pull().items.keys()
        assert len(before) >= len(trial.names), f"{len(trial.names)} items were added, {len(before)} delivered"
        for name in _MORE:
            trial.change("add", name)
        new = trial.pull().items.keys() - before
        assert len(new) >= len(_MORE), f"{len(_MORE)} more were added, {len(new)} delivered"

    def test_pulling_twice_gives_the_same_ids_revisions_and_bytes(self, trial: Trial) -> None:
        assert trial.pull().items == trial.pull().items

    def test_an_item_keeps_its_id_whatever_becomes_of_others(self, trial: Trial) -> None:
        trial.needs("add", "delete")
        before = trial.pull().items
        trial.change("add", "another")
        trial.change("delete", trial.names[0])
        reading = trial.pull()
        told = {key for key, mapped in trial.records(reading) if isinstance(mapped.record, hub.Gone)}
        after = {key: taken for key, taken in reading.items.items() if key not in told}
        lost = len(before.keys() - after.keys())
        assert lost <= 1, f"{lost} ids are gone, though one item was deleted"
        assert _differing(before, after) == [], "an id names another item than before"

    def test_a_changed_item_keeps_its_id_and_has_another_revision(self, trial: Trial) -> None:
        trial.needs("amend")
        before = trial.pull().items
        trial.change("amend", trial.names[1])
        after = trial.pull().items
        others = sorted(before.keys() ^ after.keys())
        assert not others, f"an item was changed, and an id came or went: {others[:5]}"
        changed = _differing(before, after)
        assert changed, "no body has changed"
        same = [key for key in changed if before[key].revision == after[key].revision]
        assert not same, f"these say something else under the same revision, so that nobody would look: {same[:5]}"

    def test_an_item_that_vanished_before_it_was_read_raises_file_not_found(self, trial: Trial) -> None:
        trial.needs("delete")
        there = trial.pull().items
        with trial.opened() as source:
            streams = [stream.name for stream in source.streams()]
            named = [
                (Key(stream, page.epoch, raw.external_id), raw)
                for stream in streams
                for page in pages_of(source, stream, None)
                for raw in page.raws
            ]
            for name in trial.names:
                trial.author.delete(trial.place, name)
            for key, raw in named:
                with suppress(FileNotFoundError):
                    body = body_of(raw)
                    same = (
                        key not in there or body == there[key].body
                    )  # ids that do not stay are told by another clause
                    assert same, f"{key} has vanished, and other bytes came in its place"

    def test_an_unchanged_item_is_not_read_again(self, trial: Trial) -> None:
        """Bodies that are functions are left alone here, as the hub leaves them when it knows the revision."""
        cursors = trial.pull().cursors
        reads = trial.reads()
        with trial.opened() as source:
            for stream in [stream.name for stream in source.streams()]:
                pages = list(pages_of(source, stream, cursors.get(stream)))
                if not all(callable(raw.body) for page in pages for raw in page.raws):
                    pytest.skip("bodies are not functions")
        assert trial.reads() == reads, f"{trial.reads() - reads} reads, though nothing has changed"

    # --- going on ---

    def test_resuming_from_every_cursor_delivers_every_item(self, trial: Trial) -> None:
        whole = trial.pull()
        if whole.longest < 2:
            pytest.skip("the source fits into one page: add more `items`, or set a smaller page")
        for pages in _spread(whole.longest - 1):
            first = trial.pull(pages=pages)
            rest = trial.pull(first.cursors)
            missing = whole.items.keys() - first.items.keys() - rest.items.keys()
            assert not missing, f"dying after page {pages} loses {sorted(missing)[:5]}"

    def test_dying_after_every_page_delivers_every_item(self, trial: Trial) -> None:
        whole = trial.pull()
        delivered: set[Key] = set()
        cursors: dict[str, str] = {}
        for _ in range(whole.longest + 1):
            reading = trial.pull(cursors, pages=1)
            cursors |= reading.cursors
            delivered |= reading.items.keys()
        missing = whole.items.keys() - delivered
        assert not missing, (
            f"a pull has to go on from its cursor, else one that dies early never ends: {sorted(missing)[:5]}"
        )

    def test_what_changes_during_a_pull_is_not_lost(self, trial: Trial) -> None:
        trial.needs("add", "amend", "delete")
        first = trial.pull(pages=1)
        trial.change("add", "late")
        trial.change("amend", trial.names[0])
        trial.change("amend", trial.names[-1])
        trial.change("delete", trial.names[len(trial.names) // 2])
        rest = trial.pull(first.cursors)
        again = trial.pull({**first.cursors, **rest.cursors})
        _assert_arrived(trial.pull().items, {**first.items, **rest.items, **again.items})

    def test_a_pull_after_a_finished_one_brings_what_is_new(self, trial: Trial) -> None:
        trial.needs("add")
        done = trial.pull()
        trial.change("add", "late")
        new = {key: taken for key, taken in trial.pull().items.items() if key not in done.items}
        assert new, "what was added is not delivered at all"
        _assert_arrived(new, trial.pull(done.cursors).items)

    def test_a_pull_after_a_finished_one_brings_what_has_changed(self, trial: Trial) -> None:
        trial.needs("amend")
        done = trial.pull()
        trial.change("amend", trial.names[0])
        now = trial.pull().items
        changed = {key: now[key] for key in _differing(done.items, now)}
        _assert_arrived(changed, trial.pull(done.cursors).items)

    def test_a_cursor_it_does_not_know_loses_nothing(self, trial: Trial) -> None:
        whole = trial.pull()
        own = {page.cursor for _, page in whole.pages}
        for garbage in (one for one in _GARBAGE if one not in own):
            try:
                delivered = trial.pull(dict.fromkeys(whole.cursors, garbage))
            except hub.CursorLost:
                continue
            missing = whole.items.keys() - delivered.items.keys()
            assert not missing, f"from {garbage!r} {len(missing)} items do not come: raise hub.CursorLost"

    def test_a_pull_ends_after_the_page_when_it_is_to_stop(self, trial: Trial) -> None:
        if trial.pull().longest < 2:
            pytest.skip("the source fits into one page: add more `items`, or set a smaller page")
        assert trial.pull(stopping=True).longest <= 1, "ask tools.stopping() after every page"

    def test_a_clock_that_is_wrong_loses_nothing(self, trial: Trial) -> None:
        right = trial.pull()
        for wrong in (replace(trial, now=now) for now in _WRONG_CLOCKS):
            mistimed = wrong.pull()
            assert mistimed.items.keys() == right.items.keys(), f"with the clock at {wrong.now:%Y}"
        if "add" in trial.changes:
            trial.change("add", "afterwards")
            new = trial.pull().items.keys() - right.items.keys()
            assert new <= trial.pull(mistimed.cursors).items.keys(), "a cursor holds the time of our clock"

    # --- listing, fetching, waiting ---

    def test_the_listing_names_what_a_pull_delivers(self, trial: Trial) -> None:
        trial.needs_capability("ids")
        reading = trial.pull()
        gone = {key for key, mapped in trial.records(reading) if isinstance(mapped.record, hub.Gone)}
        with trial.opened() as source:
            listings = [(stream.name, source.ids(stream.name)) for stream in source.streams()]
            listed = {Key(name, listing.epoch, one) for name, listing in listings for one in listing.ids}
        complete = {name for name, listing in listings if listing.complete}
        there = reading.items.keys() - gone
        strange = [key for key in listed if not _is_name(key.external_id)]
        assert not strange, f"ids are texts, as in Raw.external_id: {strange[:5]}"
        assert listed <= there, f"listed, but not pulled: {sorted(listed - there)[:5]}"
        assert {key for key in there if key.stream in complete} <= listed, "a complete listing leaves items out"

    def test_what_was_deleted_is_no_longer_listed(self, trial: Trial) -> None:
        """Where a listing is complete: only that proves that something is gone."""
        trial.needs_capability("ids")
        trial.needs("delete")
        before = _listed(trial)
        trial.change("delete", trial.names[0])
        after = _listed(trial)
        if not (before and after):
            pytest.skip("no listing is complete")
        assert before - after, "an item was deleted, and the complete listing still names as many"

    def test_its_size_counts_what_a_pull_delivers(self, trial: Trial) -> None:
        trial.needs_capability("size")
        reading = trial.pull()
        gone = {key for key, mapped in trial.records(reading) if isinstance(mapped.record, hub.Gone)}
        there = [key.stream for key in reading.items.keys() - gone]
        with trial.opened() as source:
            for stream in sorted(set(there)):
                said = source.size(stream)
                if said is None:
                    continue
                assert said.items == there.count(stream), f"{stream}: it says {said.items}"
                assert said.bytes is None or said.bytes >= 0, stream

    def test_what_it_calls_quiet_brings_nothing(self, trial: Trial) -> None:
        """What was read to its end, and of which all that went was marked, is quiet until something changes."""
        trial.needs_capability("quiet")
        cursors = _settled(trial)
        with trial.opened() as source:
            assert {stream.name for stream in source.streams()} >= cursors.keys()
            named = set(source.quiet(cursors))
            assert named, "nothing is ever quiet"
            for stream in named:
                assert not list(source.pull(stream, cursors[stream])), f"{stream} is called quiet, and brings a page"
                if "ids" in trial.connector.capabilities:
                    assert not list(source.ids(stream).gone), f"{stream} is called quiet, and something has gone"
            unknown = set(source.quiet(dict.fromkeys(cursors, "garbage")))
            assert not unknown, f"{sorted(unknown)} are called quiet since a cursor that it does not know"
        for change in sorted(trial.changes & {"add", "delete"}):
            cursors = _settled(trial)
            trial.change(change, {"add": "more1", "delete": trial.names[0]}[change])
            with trial.opened() as source:
                assert list(source.streams())
                assert named - set(source.quiet(cursors)), f"all is quiet after {change}"

    def test_a_source_that_stays_brings_on_its_next_turn_what_a_new_one_would(self, trial: Trial) -> None:
        trial.needs_capability("stay")
        trial.needs("add")
        with trial.opened() as source:
            cursors = {stream: cursor for stream, _, cursor in _named(source, {}) if cursor}
            trial.change("add", "more1")
            source.stay()
            again = {(stream, name) for stream, name, _ in _named(source, cursors)}
        with trial.opened() as source:
            anew = {(stream, name) for stream, name, _ in _named(source, cursors)}
        assert again == anew, f"a new one brings {sorted(anew - again)[:5]}, and not {sorted(again - anew)[:5]}"

    def test_fetching_an_item_gives_the_bytes_of_the_pull(self, trial: Trial) -> None:
        trial.needs_capability("fetch")
        with trial.opened() as source:
            for key, taken in trial.pull().items.items():
                assert source.fetch(key.stream, key.external_id, "") == taken.body, key

    def test_fetching_an_attachment_gives_a_file_of_its_size(self, trial: Trial) -> None:
        trial.needs_capability("fetch")
        with trial.opened() as source:
            for key, mapped in trial.records(trial.pull()):
                for attachment in getattr(mapped.record, "attachments", ()):
                    content = source.fetch(key.stream, key.external_id, attachment.part)
                    assert type(content) is bytes, f"{key}: {attachment}"
                    assert len(content) == attachment.size, f"{key}: {attachment}, {len(content)} bytes came"

    def test_fetching_what_is_not_there_raises_key_error(self, trial: Trial) -> None:
        trial.needs_capability("fetch")
        with trial.opened() as source:
            for stream in [stream.name for stream in source.streams()]:
                with pytest.raises(KeyError):
                    source.fetch(stream, "there-is-no-such-item", "")


def _named(source: hub.Source, cursors: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Every item that a source brings from there on: its stream, its name and the cursor of its page. A page without items has
    the name "".
    """
    for stream in [stream.name for stream in source.streams()]:
        for page in pages_of(source, stream, cursors.get(stream)):
            yield stream, "", page.cursor
            for raw in page.raws:
                yield stream, raw.external_id, page.cursor


def _listed(trial: Trial) -> set[Key]:
    """What complete listings name."""
    with trial.opened() as source:
        listings = [(stream.name, source.ids(stream.name)) for stream in source.streams()]
        return {Key(name, one.epoch, each) for name, one in listings if one.complete for each in one.ids}


def _settled(trial: Trial) -> dict[str, str]:
    """The cursors of all streams once they were pulled and listed, as the hub keeps them."""
    cursors: dict[str, str] = {}
    with trial.opened() as source:
        for stream in [stream.name for stream in source.streams()]:
            for page in pages_of(source, stream, None):
                cursors[stream] = page.cursor
            listed = source.ids(stream).cursor if "ids" in trial.connector.capabilities else ""
            cursors |= {stream: listed} if listed else {}
    return cursors


def _is_name(value: object) -> bool:
    """A text that can be stored as a key: UTF-8 without NUL, of a bounded size."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return (
        len(value.encode(errors="surrogatepass")) <= MOST_NAME_BYTES and value.encode(errors="ignore").decode() == value
    )


def _spread(last: int, most: int = 25) -> list[int]:
    """At most `most` numbers from 1 to `last`, both ends among them."""
    if last <= most:
        return list(range(1, last + 1))
    return sorted({round(1 + n * (last - 1) / (most - 1)) for n in range(most)})


def _differing(before: Mapping[Key, Taken], after: Mapping[Key, Taken]) -> list[Key]:
    """Keys that are in both and name different bytes."""
    return [key for key in before if key in after and before[key].body != after[key].body]


def _assert_arrived(expected: Mapping[Key, Taken], delivered: Mapping[Key, Taken]) -> None:
    missing: Iterable[Key] = expected.keys() - delivered.keys()
    assert not missing, f"lost: {sorted(missing)[:5]}"
    assert _differing(expected, delivered) == [], "of these an older state came last"
