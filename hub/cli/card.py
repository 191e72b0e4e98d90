"""The head of a client's history: who they are, who speaks for them, how often we are in touch, what is to be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.cli import drawing, moments, terms, view
from hub.cli.drawing import Span
from hub.cli.view import Line
from hub.core import normalize
from hub.core.records import Contact, Identifier, Moment
from hub.i18n import _, ngettext
from hub.store import clients, overview
from hub.store.clients import Found
from hub.store.database import Tx
from hub.store.overview import Contacts

if TYPE_CHECKING:
    from hub.engine.hub import Hub

_ORDER = ("inn", "ogrn", "domain", "email", "phone")
_SHOWN = 12
_AT_ONCE = 5
_DAY = 86_400_000
_LONG_AGO = 90 * _DAY
"""A document that was due before says nothing of today."""
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks for a client; `reason` as in `hub.core.identity`."""

    name: str
    positions: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A client as the head of its history shows it. `identifiers` are its own, `kinds` counts by kind until `now`
    (milliseconds since 1970). `waiting` are lines that nobody of ours has answered, the latest first; `under_way`
    what is not done yet, what is due first comes first.
    """

    client: Found
    identifiers: tuple[Identifier, ...]
    speakers: tuple[Speaker, ...]
    contacts: Contacts
    kinds: Mapping[str, int]
    now: int
    waiting: tuple[Line, ...] = ()
    under_way: tuple[Line, ...] = ()


def of(hub: "Hub", tx: Tx, client: Found, now: int) -> Card:
    """The card of a client as of `now`, milliseconds since 1970."""
    ours = hub.ours(tx)
    persons = clients.persons(tx, client.id)
    cards = overview.cards(tx, [number for number, _name, _reason in persons])
    speakers = tuple(
        _speaker(name, reason, [record for _key, record in cards.get(number, ())], ours.country)
        for number, name, reason in persons
    )
    personal = {one for speaker in speakers for one in speaker.identifiers}
    own = clients.identifiers(tx, client.id) - (personal if client.kind != "person" else set())
    return Card(
        client=client,
        identifiers=tuple(sorted(own, key=_order)),
        speakers=speakers,
        contacts=overview.contacts(tx, [client.id], now).get(client.id, Contacts()),
        kinds=overview.kinds(tx, client.id, now),
        now=now,
        waiting=tuple(view.gathered(tx, _waiting(tx, client.id, now), ours)),
        under_way=tuple(view.gathered(tx, _under_way(tx, client.id, now), ours)),
    )


def _waiting(tx: Tx, client: int, now: int) -> Sequence[Any]:
    return clients.lines(tx, clients.waiting(tx, [client], now).get(client, []))


def _under_way(tx: Tx, client: int, now: int) -> Sequence[Any]:
    return clients.under_way(tx, client, since=now - _LONG_AGO, limit=_MOST)


def _speaker(name: str, reason: str, records: list[object], country: str) -> Speaker:
    contacts = [record for record in records if isinstance(record, Contact)]
    positions = dict.fromkeys(contact.position.strip() for contact in contacts if contact.position.strip())
    given = (one for contact in contacts for one in contact.identifiers if one.kind in ("email", "phone"))
    known = {found for one in given if (found := normalize.identifier(one, country)) is not None}
    return Speaker(name, tuple(positions), tuple(sorted(known, key=_order)), reason)


def _order(identifier: Identifier) -> tuple[int, str]:
    return (_ORDER.index(identifier.kind) if identifier.kind in _ORDER else len(_ORDER), identifier.value)


# --- drawn -----------------------------------------------------------------------------------------------------------


def drawn(card: Card, zone: ZoneInfo) -> Iterator[list[Span]]:
    """The card as rows of spans."""
    yield [(card.client.name, "bold"), ("  ", ""), (card.client.public_id, "dim")]
    facts = [terms.called(terms.CLIENTS, card.client.kind)]
    if numbers := _inns(card):
        facts.append(f"{terms.called(terms.IDENTIFIERS, 'inn')} {', '.join(numbers)}")
    yield [("  ", ""), (" · ".join(facts), "")]
    reach = [readable(one) for one in card.identifiers if one.kind != "inn"]
    rows = [
        (_("Known by"), _listed(reach)),
        *((_("Speaks for it") if n == 0 else "", _spoken(one)) for n, one in enumerate(card.speakers[:_SHOWN])),
        (_("In touch"), _touch(card, zone)),
        (_("Ahead"), ngettext("{n} planned", "{n} planned", card.contacts.planned).format(n=card.contacts.planned)
         if card.contacts.planned else ""),
        *_listing(_("Unanswered"), [_asked(one, zone) for one in card.waiting]),
        *_listing(_("Under way"), [_standing(one, zone, card.now) for one in card.under_way]),
    ]  # fmt: skip
    width = max(len(label) for label, _text in rows)
    for label, text in rows:
        if text:
            yield [("  ", ""), (label.ljust(width), "dim"), ("  ", ""), (text, "")]
    if len(card.speakers) > _SHOWN:
        yield [("  ", ""), (" " * width, ""), ("  ", ""), (f"+{len(card.speakers) - _SHOWN}", "dim")]


def _inns(card: Card) -> Sequence[str]:
    """That of the name shown first, then those of others that people have made one with it."""
    own = [card.client.inn] if card.client.inn else []
    return list(dict.fromkeys([*own, *(one.value for one in card.identifiers if one.kind == "inn")]))


def _listing(label: str, rows: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The rows of a list, the label before the first; how many there are beyond those shown."""
    more = [f"+{len(rows) - _AT_ONCE}"] if len(rows) > _AT_ONCE else []
    yield from ((label if n == 0 else "", row) for n, row in enumerate([*rows[:_AT_ONCE], *more]))


def _asked(line: Line, zone: ZoneInfo) -> str:
    """When, who → whom, and what it was about."""
    title = drawing.titled(line) or terms.called(terms.KINDS, line.kind)
    return f"{drawing.moment(line, zone)} · {drawing.fitted(line)} · {title}"


def _standing(line: Line, zone: ZoneInfo, now: int) -> str:
    """What it is, how it stands, until when, and who of ours has to do it."""
    is_open = terms.called(terms.STATUSES, "open")
    notes = [note for note in drawing.notes(line, zone) if note != is_open]
    who = dict.fromkeys(one.name for one in line.people if one.ours)
    late = [_("past due")] if _is_past_due(line, now) else []
    return " · ".join((drawing.titled(line), *notes, *late, *who))


def _is_past_due(line: Line, now: int) -> bool:
    """Whether it was to be done before; by a day means by its end."""
    if line.ends is None:
        return False
    by_a_day = not isinstance(getattr(line.statement, "due", None), Moment)
    return line.ends + (_DAY if by_a_day else 0) <= now


def _listed(words: list[str]) -> str:
    more = f" +{len(words) - _SHOWN}" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _spoken(speaker: Speaker) -> str:
    title = ", ".join((speaker.name, *speaker.positions))
    reach = ", ".join(readable(one) for one in speaker.identifiers)
    return f"{title} — {reach}" if reach else title


def _touch(card: Card, zone: ZoneInfo) -> str:
    contacts = card.contacts
    if contacts.first is None or contacts.last is None:
        return _("not yet")
    first, last = (moments.day(moments.day_of(at, zone)) for at in (contacts.first, contacts.last))
    span = first if first == last else f"{first} – {last}"
    return f"{span}: {', '.join(terms.counted(kind, n) for kind, n in card.kinds.items())}"


def readable(identifier: Identifier) -> str:
    """An identifier as people write it; where a number alone would not tell what it is, with its kind."""
    if identifier.kind in ("inn", "ogrn"):
        return f"{terms.called(terms.IDENTIFIERS, identifier.kind)} {written(identifier)}"
    return written(identifier)


def written(identifier: Identifier) -> str:
    """An identifier as people write it, behind the word for its kind."""
    match identifier.kind:
        case "phone":
            return _phone(identifier.value)
        case "domain" | "email":
            return normalize.in_own_letters(identifier.value)
        case _:
            return identifier.value


def _phone(value: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return shown.replace(" ext. ", _(" ext. "))
