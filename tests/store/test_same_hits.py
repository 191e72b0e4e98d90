"""A file and a server find the same, whatever is written and whatever is asked."""

from contextlib import ExitStack

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from hub.core import tokens
from hub.store import search
from hub.store.database import Store
from hub.store.finding import Asked, find

WORDS = ("договор", "договора", "договорённость", "насос", "насосы", "аванс", "45/2026-П", "45/2026", "+7 495 123-45-67", "O'Neil",
         "anna@my.example", "pump", "pumps", "1е5", "АВЕ", "ёлка", "елка", "%", "'", "\\", "a'b", ":*", "&", "|", "!")  # fmt: skip
said = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)), max_size=12).map(" ".join)
asked = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(lambda word: f"{word[:3]}*"),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(" ".join),
    st.text(max_size=8),
)


@pytest.fixture(scope="module")
def both(postgresql, tmp_path_factory):
    place = postgresql.fresh()
    with ExitStack() as stack:
        stores = [Store.open(where) for where in (tmp_path_factory.mktemp("hits") / "hub.db", place)]
        for store in stores:
            stack.callback(store.close)
        yield stores


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=st.lists(said, min_size=1, max_size=8), questions=st.lists(asked, min_size=1, max_size=6))
def test_a_file_and_a_server_find_the_same(both, documents, questions):
    rows = [(number, " ".join(tokens.tokens(text))) for number, text in enumerate(documents, 1)]
    answers = [_answers(store, rows, questions) for store in both]
    assert answers[0] == answers[1]


def _answers(store, rows, questions):
    with store.write() as tx:
        search.clear(tx)
        search.add(tx, rows)
        found = [find(tx, Asked(terms=tokens.query(question)), limit) for question in questions for limit in (2, 100)]
        return [*found, dict(search.everything(tx)) == dict(rows)]
