"""Every hostile connector fails some clause of the conformance kit: nobody publishes one unawares."""

import re

import pytest

from hub.testing import ConnectorTests, hostile
from hub.testing.trial import Trial

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
