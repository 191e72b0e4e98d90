"""Threads: connected components over message ids and references, across connections, and over what a mailbox itself calls a
conversation. A subject never joins.

A thread is named by the least number of its message ids, seen or only referred to, so it does not depend on the order
in which mails arrive (RFC 5322 section 3.6.4; the container idea is JWZ's).
"""

from collections.abc import Iterable, Mapping, Sequence

REFERENCES = 100
"""How many references of one mail count: a hostile header must not chain strangers together."""


def join(mails: Iterable[Sequence[int]], known: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """Join mails, each given as its own number and those it refers to, to the known threads (number -> thread).

    Returns the thread of every number named, and the known threads that are now part of another (old -> new).
    """
    parent: dict[int, int] = {}

    def find(number: int) -> int:
        root = parent.setdefault(number, number)
        while parent[root] != root:
            root = parent[root]
        while parent[number] != root:
            parent[number], number = root, parent[number]
        return root

    def unite(a: int, b: int) -> None:
        a, b = find(a), find(b)
        if a != b:
            parent[max(a, b)] = min(a, b)

    for number, thread in known.items():
        unite(number, thread)
    for mail in mails:
        for other in mail[1:REFERENCES]:
            unite(mail[0], other)
        find(mail[0])
    threads = {number: find(number) for number in parent}
    moved = {thread: threads[thread] for thread in set(known.values()) if threads[thread] != thread}
    return threads, moved
