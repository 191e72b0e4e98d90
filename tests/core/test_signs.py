"""A document without the sign of a word has not the word."""

from hypothesis import given
from hypothesis import strategies as st

from hub.core import tokens
from hub.core.signs import MOST, sign, signs


@given(text=st.text(max_size=200))
def test_a_document_bears_the_signs_of_all_its_words_or_says_nothing(text):
    stored = tokens.stored(text)
    borne = signs(stored)
    assert not borne or all(sign(token) in borne for token in stored.split())


@given(words=st.lists(st.text("абвгдеabc", min_size=1, max_size=9), max_size=30))
def test_it_bears_no_more_signs_than_it_has_words(words):
    assert len(signs(" ".join(words))) <= len({*words})


def test_few_documents_bear_the_sign_of_a_word_that_they_have_not():
    borne = signs(" ".join(f"слово{'абвгд'[n % 5]}{'клмнпр'[n // 5]}" for n in range(30)))
    strangers = [f"чужое{a}{b}{c}" for a in "абвгдежзик" for b in "абвгдежзик" for c in "абвгдежзик"]
    assert sum(sign(word) in borne for word in strangers) < 10


def test_codes_and_numbers_bear_none():
    assert signs("452026п 2026 42") == ""
    assert sign("2026") == sign("") == ""


def test_a_long_document_says_nothing_by_signs():
    words = [f"{a}{b}" for a in "абвгдежзиклмнопрстуф" for b in "абвгдежзиклмнопрстуф"]
    assert len(signs(" ".join(words[:MOST]))) == MOST
    assert signs(" ".join([*words[:MOST], "насос"])) == ""
