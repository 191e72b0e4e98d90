"""What people decided about who is who. The journal is append-only; the last word about a pair counts.

Decisions stand on anchors that outlive renumbering: the key of a node (a CRM id, `domain:…`, `address:…`) or the key
of an interaction (`mail:MESSAGE-ID`, `meeting:UID/ID`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["merge", "split", "attach", "exclude", "client", "forget"]
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """`merge`/`split`: two nodes. `attach`/`exclude`: an interaction and a node ("*": every client).
    `client`: a domain or address becomes a client. `forget`: a keyed hash, never a name.
    """

    action: Action
    subject: str
    object: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The journal as it stands: the last word about every pair."""

    merged: frozenset[Pair] = frozenset()
    split: frozenset[Pair] = frozenset()
    attached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    promoted: frozenset[str] = frozenset()
    forgotten: frozenset[int] = frozenset()
    partners: Mapping[str, frozenset[str]] = field(default_factory=dict)


def pair(a: str, b: str) -> Pair:
    return (a, b) if a <= b else (b, a)


def read(journal: Iterable[Decision]) -> Decisions:
    """The journal, oldest first, as the decisions in force."""
    together: dict[Pair, bool] = {}
    placed: dict[Pair, bool] = {}
    promoted: set[str] = set()
    forgotten: set[int] = set()
    for decision in journal:
        match decision.action:
            case "merge" | "split":
                together[pair(decision.subject, decision.object)] = decision.action == "merge"
            case "attach" | "exclude":
                placed[decision.subject, decision.object] = decision.action == "attach"
            case "client":
                promoted.add(decision.subject)
            case "forget":
                forgotten.add(int(decision.subject))
    return Decisions(
        merged=frozenset(key for key, yes in together.items() if yes),
        split=frozenset(key for key, yes in together.items() if not yes),
        attached=_grouped(key for key, yes in placed.items() if yes),
        excluded=_grouped(key for key, yes in placed.items() if not yes),
        promoted=frozenset(promoted),
        forgotten=frozenset(forgotten),
        partners=_grouped(both for a, b in together for both in ((a, b), (b, a))),
    )


def _grouped(pairs: Iterable[Pair]) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for a, b in pairs:
        grouped.setdefault(a, set()).add(b)
    return {key: frozenset(values) for key, values in grouped.items()}


def to_merge(a: Iterable[str], b: Iterable[str], known: Decisions) -> list[Decision]:
    """What to write so that two clients, given by their nodes, become one: the first nodes meet, and every earlier
    word that kept a pair of them apart is overruled.
    """
    left, right = list(a), list(b)
    apart = [both for both in product(left, right) if pair(*both) in known.split]
    return [Decision("merge", *both) for both in dict.fromkeys([(left[0], right[0]), *apart])]


@dataclass(frozen=True, slots=True)
class Part:
    """A node of a client as a split sees it: `person` is "" but for contacts, who are told apart by it."""

    key: str
    person: str = ""


def to_split(out: Iterable[Part], rest: Iterable[Part], known: Decisions) -> list[Decision]:
    """What to write so that the parts `out` leave the others of their client.

    Contacts part from the contacts of the same person and from the companies; a company parts from a contact only
    where people had joined the two, since a person may well speak for both sides.
    """
    pairs = product(sorted(out, key=lambda part: part.key), sorted(rest, key=lambda part: part.key))
    return [Decision("split", a.key, b.key) for a, b in pairs if _parts_from(a, b, known)]


def to_undo(out: Iterable[Part], rest: Iterable[Part], known: Decisions) -> list[Decision]:
    """What to write so that nothing joins these parts any more that people had joined."""
    pairs = product(sorted(out, key=lambda part: part.key), sorted(rest, key=lambda part: part.key))
    return [Decision("split", a.key, b.key) for a, b in pairs if pair(a.key, b.key) in known.merged]


def _parts_from(a: Part, b: Part, known: Decisions) -> bool:
    if a.person and b.person:
        return a.person == b.person
    return not b.person or pair(a.key, b.key) in known.merged
