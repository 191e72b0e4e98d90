"""Every hostile connector fails some clause of the conformance kit: nobody publishes one unawares."""

import re
from dataclasses import replace
from itertools import count

import pytest

import hub
from hub.testing import ConnectorTests, Memory, hostile
from hub.testing.trial import Trial, pages_of
from tests.testing.mutants import TOKEN, OnMemory, Same, reading

CLAUSES = [name for name in dir(ConnectorTests) if name.startswith("test_")]
CLAUSES.sort(key=lambda name: "page" not in name)
OUTSIDE = {
    "test_nothing_is_printed",  # these two need fixtures of pytest's
    "test_no_secret_is_logged_or_shown",
    "test_the_same_bytes_give_the_same_records_in_another_process",  # hostile maps have no name to be found by
}
SURVIVED = {
    "sleeps": "how long a pull may take is the host's to say",
    "brings_one_id_often": "repeats are allowed",
    "maps_to_many": "how many records an item has is its own affair",
    "maps_to_nul": "a text may hold any character",
    "maps_to_the_end_of_time": "a source may claim any moment",
    "wrong_body_5": "how large an item may be is the host's to say",
}


class Author(ConnectorTests):
    patience = 0.1

    def good_settings(self, place):
        return {}

    def bad_settings(self, place):
        return []

    def reads(self, place):
        return 0


def failing(connector, place):
    """The first clause that the connector does not pass."""
    author = Author()
    for clause in (name for name in CLAUSES if name not in OUTSIDE):
        try:
            getattr(author, clause)(Trial(connector, {}, place, author))
        except pytest.skip.Exception:
            continue
        except (Exception, SystemExit) as error:
            return clause, error
    return None


@pytest.mark.parametrize("name", sorted(hostile.CONNECTORS.keys() - SURVIVED.keys()))
def test_a_hostile_connector_fails_a_clause(name, tmp_path):
    assert failing(hostile.CONNECTORS[name], tmp_path) is not None


def test_every_hostile_connector_says_what_it_does():
    for name, connector in hostile.CONNECTORS.items():
        assert connector.name == f"hostile.{name}"
        assert re.fullmatch(r"(It|Its|The|All) .*\.", connector.title, re.DOTALL), connector.title


def test_the_harmless_one_passes(tmp_path):
    assert failing(hostile.HARMLESS, tmp_path) is None


class AnswersAlways(Same):
    """What has vanished is answered with a page that says so, as if that were the item."""

    def raw(self, stream, raw):
        there = self.memory.shelves[stream].items
        return replace(raw, body=lambda: raw.body() if raw.external_id in there else b'{"error": "not found"}')


def test_an_answer_that_there_is_nothing_is_not_taken_for_the_item(tmp_path):
    author = OnMemory()
    author.memory = Memory("vanishing", token=TOKEN, page_size=3)
    settings = {"name": "vanishing", "token": TOKEN}
    trial = Trial(reading(AnswersAlways), settings, tmp_path, author, frozenset({"add", "delete"}))
    with author.memory.serving():
        for name in trial.names:
            author.add(tmp_path, name)
        with pytest.raises(AssertionError, match="has vanished, and other bytes came in its place"):
            author.test_an_item_that_vanished_before_it_was_read_raises_file_not_found(trial)


class GoesNowhere:
    def pull(self, _stream, _cursor, /):
        for number in count():
            yield hub.Page(listed=1, raws=[hub.Raw("1", "1", b"{}")], cursor=str(number))


def test_a_pull_without_end_is_told_instead_of_waited_for():
    with pytest.raises(AssertionError, match="notes: the pull brings one page for ever"):
        list(pages_of(GoesNowhere(), "notes", None))


def test_a_misspelt_capability_is_told_by_one_clause_and_with_what_may_be_meant(tmp_path):
    author = Author()
    trial = Trial(replace(hostile.HARMLESS, capabilities=frozenset({"siez"})), {}, tmp_path, author)
    author.test_a_capability_it_declares_is_there(trial)
    with pytest.raises(AssertionError, match="mean size"):
        author.test_the_hub_loads_it(trial)
