"""For each clause of the conformance kit a source that breaks it and no other: the proof that the kit bites.

`test_the_kit_bites.py` runs this file. By hand, `pytest tests/testing/mutants.py` shows how each defect is reported.
"""

import itertools
import json
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from threading import Event

import pytest
from pydantic import Field

import hub
from hub.testing import ConnectorTests, Memory
from hub.testing.encoding import encode
from hub.testing.memory import CONNECTOR, Settings

AT = hub.moment(datetime(2026, 3, 2, 9, tzinfo=UTC), "Europe/Moscow")
OCCURRENCES = (date(2026, 3, 2), date(2027, 6, 1))
numbers = itertools.count()
TOKEN = "the-right-token-of-the-trial"


@cache
def body(name, title):
    romashka = hub.Participant("client", hub.Identifier("ref", "companies/1"), "ООО «Ромашка»")
    return encode(
        hub.Mapped(
            hub.Email(
                at=AT, subject=title, participants=(romashka,), attachments=(hub.Attachment("1", "a.txt", size=4),)
            )
        ),
        hub.Mapped(hub.Note(at=AT, title=title), "note"),
        *(hub.Mapped(hub.Meeting(at=day, uid=name, recurring=True), f"meeting:{day}") for day in OCCURRENCES),
    )


class OnMemory(ConnectorTests):
    connector = CONNECTOR
    breaks = ""
    tick = 0

    @pytest.fixture
    def tmp_path(self, tmp_path_factory):
        """Pytest's own takes longer than the test."""
        place = tmp_path_factory.getbasetemp() / f"mutant{next(numbers)}"
        place.mkdir()
        return place

    @pytest.fixture(autouse=True)
    def _serving(self):
        self.memory = Memory("trial", token=TOKEN, page_size=3)
        self.memory.add("companies", "1", hub.Company(name="ООО «Ромашка»"))
        with self.memory.serving():
            yield

    def good_settings(self, place):
        return {"name": "trial", "token": TOKEN}

    def bad_settings(self, place):
        return [{"name": "trial", "token": "a-wrong-token"}, {"name": "nobody"}, {"path": place / "nowhere"}, {"x": 1}]

    def add(self, place, name):
        self.memory.add("notes", name, body(name, f"Позвонить: {name}"))
        self.memory.attach("notes", name, "1", b"text")

    def amend(self, place, name):
        self.memory.amend("notes", name, body(name, "другое"))

    def delete(self, place, name):
        self.memory.delete("notes", name)

    def state(self, place):
        items = {
            (stream, key): item.body
            for stream, shelf in self.memory.shelves.items()
            for key, item in shelf.items.items()
        }
        return items, dict(self.memory.files)

    def reads(self, place):
        return len(self.memory.read)


class TestTheOriginal(OnMemory):
    pass


class TestItListsAsLongAsItIsOpen(OnMemory):
    """No mutant: what `ids` gives may be read bit by bit, as the hub does."""

    @staticmethod
    @contextmanager
    def opened(settings, tools):
        with CONNECTOR.open(settings, tools) as inner:
            source = Listing(inner, tools)
            yield source
            source.is_closed = True

    connector = replace(CONNECTOR, name="mutant", open=opened)


class Same:
    """A source that does as the one inside does; a mutant changes one thing."""

    capabilities = CONNECTOR.capabilities

    def __init__(self, inner, tools):
        self.inner, self.tools, self.memory = inner, tools, inner.memory

    def check(self):
        self.inner.check()

    def streams(self):
        return self.inner.streams()

    def pull(self, stream, cursor, /):
        for page in self.inner.pull(stream, cursor):
            yield self.page(stream, page)

    def page(self, stream, page):
        return replace(page, raws=[self.raw(stream, raw) for raw in page.raws])

    def raw(self, stream, raw):
        return raw

    def ids(self, stream):
        return self.inner.ids(stream)

    def size(self, stream):
        return self.inner.size(stream)

    def fetch(self, stream, external_id, part):
        return self.inner.fetch(stream, external_id, part)

    def now(self, stream):
        return self.memory.now(self.memory.shelves[stream])


class Listing(Same):
    is_closed = False

    def ids(self, stream):
        return replace(self.inner.ids(stream), ids=self.named(stream))

    def named(self, stream):
        for external_id in self.inner.ids(stream).ids:
            assert not self.is_closed
            yield external_id


def reading(source):
    """The connector with another source."""

    @contextmanager
    def opened(settings, tools):
        with CONNECTOR.open(settings, tools) as inner:
            yield source(inner, tools)

    return replace(CONNECTOR, name="mutant", open=opened, capabilities=source.capabilities)


def mapping(function):
    """The connector with another map."""
    return replace(CONNECTOR, name="mutant", map=function)


def without(page, *names):
    raws = [raw for raw in page.raws if raw.external_id not in names]
    return replace(page, raws=raws, listed=len(raws))


def is_own(cursor):
    """Whether it is a cursor of the memory connector."""
    with suppress(ValueError, TypeError):
        return isinstance(cursor, str) and len(json.loads(cursor)) == 5
    return False


def finished(cursor):
    """Whether a cursor of the memory connector is one of a finished pull."""
    return is_own(cursor) and json.loads(cursor)[4] is None


# --- description -----------------------------------------------------------------------------------------------------


class TestItHasNoTitle(OnMemory):
    breaks = "test_the_hub_loads_it"
    connector = replace(CONNECTOR, title="")


class TestItsSettingSaysNothing(OnMemory):
    class Mute(Settings):
        colour: str = Field("", title="Colour")

    breaks = "test_every_setting_has_a_title_and_a_description"
    connector = replace(CONNECTOR, settings=Mute)


class TestItsSecretIsPlain(OnMemory):
    class Plain(Settings):
        api_key: str | None = Field(None, description="The key of the account")

    breaks = "test_secret_settings_cannot_be_shown"
    connector = replace(CONNECTOR, settings=Plain)


class TestItChecksNothing(OnMemory):
    class Source(Same):
        def check(self):
            pass

    breaks = "test_bad_settings_are_refused_with_what_to_do"
    connector = reading(Source)


class TestItsStreamHasNoName(OnMemory):
    class Source(Same):
        def streams(self):
            return [*self.inner.streams(), hub.Stream(" ")]

        def pull(self, stream, cursor, /):
            return super().pull(stream, cursor) if stream.strip() else iter(())

        def ids(self, stream):
            return super().ids(stream) if stream.strip() else hub.Listing(True, [])

    breaks = "test_streams_have_names_that_are_unique_and_permanent"
    connector = reading(Source)


class TestItPromisesToWait(OnMemory):
    breaks = "test_a_capability_it_declares_is_there"
    connector = replace(CONNECTOR, capabilities=CONNECTOR.capabilities | {"wait"})


# --- pages -----------------------------------------------------------------------------------------------------------


class TestItsRevisionIsANumber(OnMemory):
    class Source(Same):
        def raw(self, stream, raw):
            return replace(raw, revision=int(raw.revision, 16))

    breaks = "test_a_page_has_values_of_the_right_types"
    connector = reading(Source)


def taking_bytes(body, settings, window):
    return CONNECTOR.map(bytes(body), settings, window)


class TestItsBodyIsNoBytes(OnMemory):
    class Body(bytes):
        pass

    class Source(Same):
        def raw(self, stream, raw):
            return replace(raw, body=lambda: TestItsBodyIsNoBytes.Body(raw.body()))

    breaks = "test_a_body_is_bytes"
    connector = replace(reading(Source), map=taking_bytes)


class TestItsPageIsHuge(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            return replace(page, raws=[*page.raws] * 700, listed=page.listed * 700)

    breaks = "test_a_page_is_not_too_long"
    connector = reading(Source)


class TestItLiesAboutCounts(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            return replace(page, listed=page.listed + 1)

    breaks = "test_the_counts_add_up"
    connector = reading(Source)


class TestItsCursorIsHuge(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            return replace(page, cursor=page.cursor + " " * 70_000)

    breaks = "test_a_cursor_is_a_text_that_is_not_too_long"
    connector = reading(Source)


class TestItGoesRoundInACircle(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            for page in self.inner.pull(stream, cursor):
                yield page
            while cursor is None and not self.tools.stopping():
                yield page

    breaks = "test_no_cursor_comes_twice_in_a_pull"
    connector = reading(Source)


# --- items -----------------------------------------------------------------------------------------------------------


class TestItLeavesAnItemOut(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            return without(page, "more2")

        def ids(self, stream):
            listing = self.inner.ids(stream)
            return replace(listing, ids=[one for one in listing.ids if one != "more2"])

    breaks = "test_every_item_is_delivered"
    connector = reading(Source)


class TestItsRevisionsAreRandom(OnMemory):
    class Source(Same):
        number = itertools.count()

        def raw(self, stream, raw):
            return replace(raw, revision=str(next(self.number)))

    breaks = "test_pulling_twice_gives_the_same_ids_revisions_and_bytes"
    connector = reading(Source)


class TestItsIdsDependOnTheFirstItem(OnMemory):
    class Source(Same):
        def raw(self, stream, raw):
            there = stream != "notes" or "item000" in self.memory.shelves[stream].items
            return raw if there else replace(raw, external_id=raw.external_id + "'")

    breaks = "test_an_item_keeps_its_id_whatever_becomes_of_others"
    connector = reading(Source)


class TestItsRevisionsNeverChange(OnMemory):
    class Source(Same):
        def raw(self, stream, raw):
            return replace(raw, revision="1")

    breaks = "test_a_changed_item_keeps_its_id_and_has_another_revision"
    connector = reading(Source)


class TestItStumblesOverWhatVanished(OnMemory):
    class Source(Same):
        def raw(self, stream, raw):
            return replace(raw, body=lambda: self.memory.shelves[stream].items[raw.external_id] and raw.body())

    breaks = "test_an_item_that_vanished_before_it_was_read_raises_file_not_found"
    connector = reading(Source)


class TestItReadsWhatItKnows(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            if finished(cursor):
                for external_id, item in self.memory.shelves[stream].items.items():
                    self.memory.take_body(external_id, item)
            return self.inner.pull(stream, cursor)

    breaks = "test_an_unchanged_item_is_not_read_again"
    connector = reading(Source)


# --- going on --------------------------------------------------------------------------------------------------------


class TestItLosesThePageAfterTheNext(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            resumed = is_own(cursor) and not finished(cursor) and json.loads(cursor)[3] == self.now(stream)
            for number, page in enumerate(self.inner.pull(stream, cursor)):
                yield without(page, *(raw.external_id for raw in page.raws)) if resumed and number == 1 else page

    breaks = "test_resuming_from_every_cursor_delivers_every_item"
    connector = reading(Source)


class TestItLosesAPageInItsThirdLife(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            life = len(cursor) - len(cursor.rstrip()) if cursor else 0
            for number, page in enumerate(self.inner.pull(stream, cursor)):
                lost = [raw.external_id for raw in page.raws] if life >= 2 and number == 0 else []
                yield replace(without(page, *lost), cursor=page.cursor + " " * (life + 1))

    breaks = "test_dying_after_every_page_delivers_every_item"
    connector = reading(Source)


class TestItForgetsWhatChangedMeanwhile(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            if is_own(cursor) and not finished(cursor):
                generation, epoch, base, _live, back = json.loads(cursor)
                cursor = json.dumps([generation, epoch, base, self.now(stream), back])
            return self.inner.pull(stream, cursor)

    breaks = "test_what_changes_during_a_pull_is_not_lost"
    connector = reading(Source)


class TestItIsDoneForEver(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            for page in self.inner.pull(stream, cursor):
                yield without(page, "late") if finished(cursor) else page

    breaks = "test_a_pull_after_a_finished_one_brings_what_is_new"
    connector = reading(Source)


class TestItReadsAnItemOnce(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            for page in self.inner.pull(stream, cursor):
                yield without(page, "item000") if finished(cursor) else page

    breaks = "test_a_pull_after_a_finished_one_brings_what_has_changed"
    connector = reading(Source)


class TestItTakesAnyCursor(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            with suppress(hub.CursorLost):
                yield from self.inner.pull(stream, cursor)

    breaks = "test_a_cursor_it_does_not_know_loses_nothing"
    connector = reading(Source)


class TestItDoesNotStop(OnMemory):
    breaks = "test_a_pull_ends_after_the_page_when_it_is_to_stop"
    connector = replace(
        CONNECTOR, open=lambda settings, tools: CONNECTOR.open(settings, replace(tools, stopping=lambda: False))
    )


class TestItTrustsOurClock(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            year = self.tools.clock().year
            if finished(cursor) and len(cursor) - len(cursor.rstrip()) > year:
                return
            for page in self.inner.pull(stream, cursor):
                yield replace(page, cursor=page.cursor + " " * year)

    breaks = "test_a_clock_that_is_wrong_loses_nothing"
    connector = reading(Source)


# --- listing, fetching, waiting --------------------------------------------------------------------------------------


class TestItsListingIsShort(OnMemory):
    class Source(Same):
        def ids(self, stream):
            return replace(self.inner.ids(stream), ids=list(self.inner.ids(stream).ids)[1:])

    breaks = "test_the_listing_names_what_a_pull_delivers"
    connector = reading(Source)


class TestItListsWhatWasDeleted(OnMemory):
    class Source(Same):
        def ids(self, stream):
            gone = ["item000"] if "item001" in self.memory.shelves["notes"].items and stream == "notes" else []
            return replace(self.inner.ids(stream), ids={*self.inner.ids(stream).ids, *gone})

    breaks = "test_what_was_deleted_is_no_longer_listed"
    connector = reading(Source)


class TestItCountsTooMany(OnMemory):
    class Source(Same):
        def size(self, stream):
            return replace(self.inner.size(stream), items=self.inner.size(stream).items + 1)

    breaks = "test_its_size_counts_what_a_pull_delivers"
    connector = reading(Source)


class TestItFetchesSomethingElse(OnMemory):
    class Source(Same):
        def fetch(self, stream, external_id, part):
            return self.inner.fetch(stream, external_id, part) + (b"" if part else b" ")

    breaks = "test_fetching_an_item_gives_the_bytes_of_the_pull"
    connector = reading(Source)


class TestItsAttachmentIsCutShort(OnMemory):
    class Source(Same):
        def fetch(self, stream, external_id, part):
            content = self.inner.fetch(stream, external_id, part)
            return content[:-1] if part else content

    breaks = "test_fetching_an_attachment_gives_a_file_of_its_size"
    connector = reading(Source)


class TestItFetchesWhatIsNotThere(OnMemory):
    class Source(Same):
        def fetch(self, stream, external_id, part):
            with suppress(KeyError):
                return self.inner.fetch(stream, external_id, part)
            return b""

    breaks = "test_fetching_what_is_not_there_raises_key_error"
    connector = reading(Source)


class TestItCallsQuietWhatIsNot(OnMemory):
    class Source(Same):
        capabilities = CONNECTOR.capabilities | {"quiet"}

        def quiet(self, cursors):
            return [stream for stream, cursor in cursors.items() if is_own(cursor)]

    breaks = "test_what_it_calls_quiet_brings_nothing"
    connector = reading(Source)


class TestItStaysAsItWas(OnMemory):
    class Source(Same):
        capabilities = CONNECTOR.capabilities | {"stay"}

        def __init__(self, inner, tools):
            super().__init__(inner, tools)
            self.turns = 0

        def stay(self):
            self.turns += 1

        def pull(self, stream, cursor, /):
            return iter(()) if self.turns else super().pull(stream, cursor)

    breaks = "test_a_source_that_stays_brings_on_its_next_turn_what_a_new_one_would"
    connector = reading(Source)


class TestItWaitsForEver(OnMemory):
    class Source(Same):
        capabilities = CONNECTOR.capabilities | {"wait"}

        def wait(self, deadline):
            Event().wait(5)

    breaks = "test_waiting_ends_at_the_deadline"
    connector = reading(Source)
    patience = 0.1


# --- mapping ---------------------------------------------------------------------------------------------------------


def changed(body, settings, window, **fields):
    """The map of the original, with other values in the first record that has all of these fields."""
    result = CONNECTOR.map(body, settings, window)
    if isinstance(result, hub.Unreadable):
        return result
    at = next((n for n, one in enumerate(result) if all(hasattr(one.record, field) for field in fields)), len(result))
    return [
        replace(mapped, record=replace(mapped.record, **fields)) if n == at else mapped
        for n, mapped in enumerate(result)
    ]


def one_unreadable(body, settings, window):
    if b"item005" in body:
        return hub.Unreadable(reason="not today")
    return CONNECTOR.map(body, settings, window)


class TestItCannotReadAnItem(OnMemory):
    breaks = "test_the_items_of_a_good_source_can_be_read"
    connector = mapping(one_unreadable)


calls = itertools.count()


def counting(body, settings, window):
    return changed(body, settings, window, subject=str(next(calls)))


class TestItsMapCounts(OnMemory):
    breaks = "test_the_same_bytes_give_the_same_records"
    connector = mapping(counting)

    @pytest.fixture(autouse=True)
    def _counting_from_0(self):
        """As another process does."""
        global calls  # noqa: PLW0603 - the very defect
        calls = itertools.count()


def hashing(body, settings, window):
    return changed(body, settings, window, subject=str(hash("Ромашка")))


class TestItsMapHashes(OnMemory):
    breaks = "test_the_same_bytes_give_the_same_records_in_another_process"
    connector = mapping(hashing)


def raising(body, settings, window):
    result = CONNECTOR.map(body, settings, window)
    if isinstance(result, hub.Unreadable):
        raise ValueError(result.detail)  # noqa: TRY004 - the very defect
    return result


class TestItsMapRaises(OnMemory):
    breaks = "test_the_map_never_raises"
    connector = mapping(raising)


def numbering(body, settings, window):
    return changed(body, settings, window, subject=5)


class TestItsSubjectIsANumber(OnMemory):
    breaks = "test_records_have_values_of_the_declared_types"
    connector = mapping(numbering)


def doubling(body, settings, window):
    result = CONNECTOR.map(body, settings, window)
    return result if isinstance(result, hub.Unreadable) else [*result, *result[:1]]


class TestItsPartComesTwice(OnMemory):
    breaks = "test_no_two_records_of_an_item_have_the_same_part"
    connector = mapping(doubling)


def smuggling(body, settings, window):
    return changed(body, settings, window, subject="\udcff")


class TestItsTextCannotBeWritten(OnMemory):
    breaks = "test_texts_have_no_lone_surrogates"
    connector = mapping(smuggling)


def ending(body, settings, window):
    return changed(body, settings, window, end=datetime(2026, 3, 2))  # noqa: DTZ001 - the very defect


class TestItsMeetingEndsSomewhere(OnMemory):
    breaks = "test_moments_are_moments_and_days_are_dates"
    connector = mapping(ending)


def shouting(body, settings, window):
    return changed(body, settings, window, recurrence_id="", status="CONFIRMED")


class TestItsStatusIsNoWord(OnMemory):
    breaks = "test_roles_and_statuses_are_words_of_the_contract"
    connector = mapping(shouting)


def pointing(body, settings, window):
    nobody = hub.Participant("client", hub.Identifier("ref", "1"))
    return changed(body, settings, window, participants=(nobody,))


class TestItRefersToNobody(OnMemory):
    breaks = "test_references_name_items_of_the_connection"
    connector = mapping(pointing)


def endless(body, settings, window):
    return CONNECTOR.map(body, settings, replace(window, until=date(9999, 1, 1)))


class TestItsSeriesHasNoEnd(OnMemory):
    breaks = "test_a_later_horizon_only_adds_occurrences"
    connector = mapping(endless)


# --- manners ---------------------------------------------------------------------------------------------------------


class TestItsCheckWrites(OnMemory):
    class Source(Same):
        def check(self):
            self.inner.check()
            self.memory.files["checked"] = self.memory.files.get("checked", b"") + b"!"

    breaks = "test_checking_changes_nothing"
    connector = reading(Source)


class TestItsCheckReads(OnMemory):
    class Source(Same):
        def check(self):
            self.inner.check()
            self.memory.read.append("item000")

    breaks = "test_checking_reads_no_item"
    connector = reading(Source)


class TestItMarksWhatItRead(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            self.memory.files["seen"] = b"!"
            return page

    breaks = "test_pulling_changes_nothing_at_the_source"
    connector = reading(Source)


class TestItCallsHome(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", 9), timeout=1).close()
            return page

    breaks = "test_only_declared_hosts_are_called"
    connector = reading(Source)


class TestItPrints(OnMemory):
    class Source(Same):
        def page(self, stream, page):
            print(len(page.raws))
            return page

    breaks = "test_nothing_is_printed"
    connector = reading(Source)


class TestItLogsItsToken(OnMemory):
    class Source(Same):
        def check(self):
            self.tools.log.debug("signing in with %s", self.inner.token)
            self.inner.check()

    breaks = "test_no_secret_is_logged_or_shown"
    connector = reading(Source)


class TestItTakesOneThingForGrantedTwice(OnMemory):
    breaks = "test_what_it_takes_for_granted_has_names_and_sentences"
    connector = replace(CONNECTOR, assumptions=lambda: [hub.Assumption("order", "Pages come in order.")] * 2)


class TestItKeepsAFileOpen(OnMemory):
    class Source(Same):
        kept = []  # noqa: RUF012 - the very defect

        def check(self):
            self.inner.check()

        def streams(self):
            self.kept.append(os.open(os.devnull, os.O_RDONLY))
            return self.inner.streams()

    breaks = "test_closing_the_source_lets_go_of_everything"
    connector = reading(Source)


class TestItKeepsEverything(OnMemory):
    class Source(Same):
        def pull(self, stream, cursor, /):
            kept = [encode(hub.Note(at=AT)) + bytes(5_000) for _ in self.memory.shelves[stream].items]
            yield from self.inner.pull(stream, cursor)
            del kept

    breaks = "test_memory_does_not_grow_with_the_number_of_items"
    connector = reading(Source)
    many = 1_000


class TestTheOriginalWithManyItems(OnMemory):
    many = 1_000
