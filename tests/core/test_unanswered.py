"""Who waits for a word of ours."""

import pytest

from hub.core.unanswered import Word, unanswered


def word(number, direction, *marks, thread=1, kind="mail", status=""):
    return Word(id=number, kind=kind, direction=direction, thread=thread, status=status, marks=frozenset(marks))


@pytest.mark.parametrize(
    ("words", "waiting"),
    [
        ([], []),
        ([word(1, "in")], [1]),
        ([word(1, "out")], []),
        ([word(1, "in"), word(2, "out")], []),
        ([word(1, "out"), word(2, "in")], [2]),
        ([word(1, "in"), word(2, "in")], [2]),
        ([word(1, "in"), word(2, "out", thread=2)], [1]),
        ([word(1, "in", thread=0), word(2, "in", thread=0)], [2, 1]),
        ([word(1, "in"), word(2, "internal")], [1]),
        ([word(1, "in"), word(2, "out", "auto_reply")], [1]),
        ([word(1, "in", "bulk")], []),
        ([word(1, "out"), word(2, "in", "auto_reply")], []),
        ([word(1, "in", "invitation")], []),
        ([word(1, "out"), word(2, "in", "thanks")], []),
        ([word(1, "in"), word(2, "in", "thanks")], [1]),
        ([word(1, "in"), word(2, "out", "thanks")], []),
        ([word(1, "in", kind="message")], [1]),
        ([word(1, "in", thread=0, kind="call", status="missed")], [1]),
        ([word(1, "in", thread=0, kind="call", status="answered")], []),
        ([word(1, "in", thread=0, kind="call", status="missed"), word(2, "out", thread=0, kind="call")], []),
        ([word(1, "in"), word(2, "out", thread=0, kind="call")], [1]),
    ],
)
def test_a_thread_waits_when_the_last_word_is_theirs(words, waiting):
    assert unanswered(words) == waiting
