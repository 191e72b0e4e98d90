"""Connections that a person has to sign in for: nobody did yet, or what was given is no longer accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from hub.i18n import _

if TYPE_CHECKING:
    from hub.settings import Config
    from hub.store.database import Tx


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A connection by its name, what is wrong with its sign-in, and the command that deals with it."""

    connection: str
    message: str
    fix: str


def unsigned(config: "Config", tx: "Tx | None") -> Sequence[Unsigned]:
    """Those of the enabled connections, in the order of the configuration. Without a database nobody has signed in."""
    from hub.store import tokens

    found = []
    for one in config.connections:
        if one.enabled and one.signs_in:
            row = tokens.one(tx, one.id) if tx is not None else None
            if row is None:
                found.append(_told(one.name, _("{connection}: nobody has signed in yet")))
            elif row.refused:
                found.append(_told(one.name, _("{connection}: the sign-in is no longer accepted")))
    return found


def _told(name: str, text: str) -> Unsigned:
    return Unsigned(name, text.format(connection=name), _("hub connect {connection}").format(connection=quote(name)))


def unsigned_by(config: "Config") -> Sequence[Unsigned]:
    """The same, as the database says that the configuration names. Where it cannot be used, nothing is known."""
    from hub.errors import StoreUnusable
    from hub.store.database import Store
    from hub.store.sqlite import is_there

    if not any(one.signs_in for one in config.connections):
        return ()
    try:
        if config.server is None and not is_there(config.store_path):
            return unsigned(config, None)
        store = Store.open(config.database, create=False)
    except StoreUnusable:
        return ()
    try:
        with store.read() as tx:
            return unsigned(config, tx)
    finally:
        store.close()
