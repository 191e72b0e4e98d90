"""Every sample of `corpus/` is cut as the sample says. In a sample, ␠ is a space and ␍ a carriage return."""

from pathlib import Path

import pytest

from hub.core import text

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.txt"))


def sample(path):
    mail, _, expected = path.read_text(encoding="utf-8").replace("␠", " ").replace("␍", "\r").partition("%%% visible\n")
    return mail, expected.removesuffix("\n")


def test_the_corpus_is_there():
    assert len(CORPUS) >= 30


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_only_what_the_writer_said_is_visible(path):
    mail, expected = sample(path)
    assert text.visible(mail) == expected


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_is_visible_has_nothing_left_to_cut(path):
    _, expected = sample(path)
    assert text.visible(expected) == expected
