"""Connections that are signed in, one for each mailbox; some stay open from one turn to the next."""

import select
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import hub
from hub_email.imap.folders import list_command
from hub_email.imap.signin import Server, signed_in
from hub_email.imap.wire import Refusal, Reply, Wire

OPEN_AT_ONCE = 128
GIVEN_UP = 3
PATIENCE = 10.0
"""Who does not begin to answer within so many seconds was lost without a word: a line was cut, or a firewall has forgotten it."""


@dataclass(slots=True)
class Sessions:
    """By mailbox; so many stay open. A server that could not be reached for several mailboxes in a row is not called for
    every other, too: each would wait as long.
    """

    server: Server
    tools: hub.Tools
    wires: OrderedDict[str, Wire] = field(default_factory=OrderedDict)
    accounts: dict[str, hub.Account] = field(default_factory=dict)
    failures: list[hub.Unreachable] = field(default_factory=list)
    at_once: int = OPEN_AT_ONCE

    def of(self, mailbox: hub.Account) -> Wire:
        """The connection of a mailbox. Raises `hub.Unreachable`, `hub.AuthFailed`."""
        wire = self.wires.pop(mailbox.address, None)
        if wire is None or wire.is_closed:
            wire = self._signed_in(mailbox)
        while len(self.wires) >= self.at_once:  # of those who come in turn, who came last comes last again
            self.wires.popitem()[1].leave()
        self.wires[mailbox.address], self.accounts[mailbox.address] = wire, mailbox
        return wire

    def _signed_in(self, mailbox: hub.Account) -> Wire:
        if len(self.failures) >= GIVEN_UP:
            raise self.failures[-1]
        try:
            wire = signed_in(self.server, mailbox, self.tools)
        except hub.Unreachable as failure:
            self.failures.append(failure)
            raise
        except hub.AuthFailed:
            self.failures.clear()
            raise
        self.failures.clear()
        return wire

    def stay(self, mailboxes: Sequence[hub.Account]) -> dict[str, list[Reply]]:
        """Keep what is a session of these mailboxes still, signed in to as one would now. Each is asked for its folders, all
        at once: that is what they are asked in any case, and says who is still there. The answers, by mailbox.
        """
        self.failures.clear()
        named = {mailbox.address: mailbox for mailbox in mailboxes}
        for address in tuple(self.wires):
            if address not in named or not _is_same(named[address], self.accounts[address]):
                self.wires.pop(address).leave()
        return _heard(self.wires)

    def close(self) -> None:
        while self.wires:
            self.wires.popitem()[1].leave()


def _is_same(one: hub.Account, other: hub.Account) -> bool:
    """Whether one signs in as the other did; a token that is got anew each time says nothing about that."""
    is_token = callable(one.secret) and callable(other.secret)
    return one.user == other.user and (is_token or one.secret == other.secret)


def _heard(wires: Mapping[str, Wire]) -> dict[str, list[Reply]]:
    """What those answer who do; the others are closed."""
    asked = {address: tag for address, wire in wires.items() if (tag := _asked(wire)) is not None}
    until = monotonic() + PATIENCE
    heard: dict[str, list[Reply]] = {}
    for address, tag in asked.items():
        with suppress(hub.Unreachable, Refusal):
            if _answers(wires[address], until):
                heard[address] = list(wires[address].answer(tag))
            else:
                wires[address].shutdown()
    return heard


def _asked(wire: Wire) -> bytes | None:
    """The tag of the question; None where the connection is closed."""
    if wire.is_closed or not _has_closed_its_folder(wire):
        return None
    with suppress(hub.Unreachable):
        return wire.ask(list_command(wire.features))
    return None


def _has_closed_its_folder(wire: Wire) -> bool:
    """What a server says of a folder that is open here need not be true (RFC 3501, 6.3.10)."""
    if not wire.selected[0]:
        return True
    if "UNSELECT" in wire.features:
        with suppress(hub.Unreachable):
            wire.ask("UNSELECT")
            wire.selected = (b"", 0)
            return True
    wire.leave()
    return False


def _answers(wire: Wire, until: float) -> bool:
    poll = select.poll()
    poll.register(wire.sock, select.POLLIN)
    return bool(poll.poll(max(0.0, until - monotonic()) * 1000))
