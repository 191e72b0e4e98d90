"""A message in words, in the language spoken now."""

from collections.abc import Iterator
from shlex import quote
from typing import Final

from hub.i18n import N_, _, ngettext
from hub.settings import Config
from hub.store.notices import Entry, Message

MOST: Final = 20
"""So many connections are told of one by one."""
LONGEST: Final = 400
_WHY: Final = {
    "AuthFailed": N_("somebody has to sign in again"),
    "Misconfigured": N_("its settings have to be changed"),
    "SuddenlyEmpty": N_("what was there is gone; nothing was changed"),
    "Refused": N_("the other system refused something"),
    "Inconsistent": N_("what it brought contradicts itself"),
    "Broken": N_("its plugin cannot be used"),
    "StoreUnusable": N_("the database cannot be used"),
}
_UNREACHED: Final = N_("it could not be reached for a day")
_LOOK: Final = N_("hub status says more")
_FIX: Final = {
    "Broken": N_("hub plugins says what is wrong"),
}


def worded(message: Message, config: Config) -> tuple[str, str]:
    """(subject, text) of a message."""
    needs = [one for one in message.entries if one.kind == "needs"]
    well = [one for one in message.entries if one.kind == "well"]
    lines = [*_needs(needs, config), *_well(well, config)]
    if message.tries:
        lines += ["", _("This message may have reached you before.")]
    return f"[hub {message.number}] {_subject(needs, well, config)}", "\n".join(lines).strip()


def _subject(needs: list[Entry], well: list[Entry], config: Config) -> str:
    if len(needs) == 1 and not well:
        return _("{name} needs you").format(name=_name(needs[0], config))
    if len(well) == 1 and not needs:
        return _("{name} is well again").format(name=_name(well[0], config))
    parts = []
    if needs:
        parts.append(ngettext("{n} connection needs you", "{n} connections need you", len(needs)).format(n=len(needs)))
    if well:
        parts.append(ngettext("{n} is well again", "{n} are well again", len(well)).format(n=len(well)))
    return ", ".join(parts)


def _needs(entries: list[Entry], config: Config) -> Iterator[str]:
    for one in entries[:MOST]:
        name = _name(one, config)
        why = _(_WHY.get(one.error, _UNREACHED))
        yield f"{name}: {why}"
        if one.message:
            yield f"  {config.told(one.message, one.connection)[:LONGEST]}"
        fix = to_sign_in(name, config) if one.error == "AuthFailed" else _(_FIX.get(one.error, _LOOK))
        yield f"  → {fix.format(name=quote(name))}"
    if len(entries) > MOST:
        yield _("… and {n} more: hub status names them").format(n=len(entries) - MOST)


def to_sign_in(connection: str, config: Config) -> str:
    """What a person does whose sign-in was refused, for the name of the connection to be put in."""
    if any(one.signs_in for one in config.connections if one.name == connection):
        return _("hub connect {name}, then hub sync {name}")
    return _("correct its password, token or webhook; then hub sync {name}")


def _well(entries: list[Entry], config: Config) -> Iterator[str]:
    if entries:
        names = ", ".join(_name(one, config) for one in entries[:MOST])
        more = ", …" if len(entries) > MOST else ""
        yield _("Well again: {names}").format(names=f"{names}{more}")


def _name(entry: Entry, config: Config) -> str:
    """What people call the connection."""
    named = {one.id: one.name for one in config.connections} | {one.id: one.name for one in config.broken}
    return named.get(entry.connection, entry.connection)
