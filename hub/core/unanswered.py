"""Who waits for a word of ours.

A thread waits when the last that was said in it is theirs; a client waits on the telephone when the last call was theirs
and nobody took it. What machines send asks nothing and answers nothing, and neither does what we say among ourselves.
Whoever only thanks us asks nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

KINDS: Final = ("mail", "message", "call")
LONG_AGO_MS: Final = 90 * 86_400_000
"""Who has waited for longer waits no more."""
MOST: Final = 1_000
"""So many words of a client, the latest ones, are looked at."""
_MACHINES = frozenset({"bulk", "auto", "auto_reply", "bounce", "draft", "invitation", "answer"})
_NOT_TAKEN = frozenset({"missed", "busy", "voicemail"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A mail, a message or a call of a client's history; `thread` 0 is a thread of its own."""

    id: int
    kind: str
    direction: str
    thread: int
    status: str
    marks: frozenset[str]


def unanswered(words: Iterable[Word]) -> list[int]:
    """The ids of the words that wait, the latest first; `words` are those of one client, oldest first."""
    last: dict[tuple[str, int], Word] = {}
    for word in words:
        if word.direction in ("in", "out") and not _says_nothing(word):
            last[_talk(word)] = word
    return sorted((word.id for word in last.values() if _waits(word)), reverse=True)


def _says_nothing(word: Word) -> bool:
    return not _MACHINES.isdisjoint(word.marks) or (word.direction == "in" and "thanks" in word.marks)


def _talk(word: Word) -> tuple[str, int]:
    return ("call", 0) if word.kind == "call" else ("thread", word.thread or word.id)


def _waits(word: Word) -> bool:
    return word.direction == "in" and (word.kind != "call" or word.status in _NOT_TAKEN)
