"""What the interpreter does for a connector, seen through audit events (PEP 578): files opened, hosts called.

An audit hook cannot be taken out again, so there is one for the whole process, which does nothing while nobody
watches.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Watcher: TypeAlias = Callable[[str, tuple[Any, ...]], None]
_watchers: list[Watcher] = []
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname")
_CALLS = ("socket.connect", "socket.sendto")


def watch(watcher: Watcher) -> None:
    """`watcher(event, arguments)` hears of every audit event from now on; what it raises stops the action."""
    _listen()
    _watchers.append(watcher)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """The same, inside the block only."""
    watch(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


@cache
def _listen() -> None:
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    for watcher in tuple(_watchers):
        watcher(event, arguments)


@contextmanager
def opened_under(place: Path) -> Iterator[list[str]]:
    """The files under `place` that are opened inside the block, in order."""
    opened: list[str] = []
    place = place.resolve()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = Path(os.fsdecode(arguments[0])).resolve()
            if path.is_relative_to(place) and not path.is_dir():
                opened.append(str(path))

    with watching(watch):
        yield opened


@contextmanager
def calling_only(hosts: frozenset[str]) -> Iterator[list[str]]:
    """Lets nobody but `hosts` be looked up or called inside the block; gives the others that were tried."""
    known = hosts | {address for host in hosts for address in _addresses(host)}
    strangers: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        host = _host(event, arguments)
        if host is not None and host not in known:
            strangers.append(host)
            raise PermissionError(f"{host} is not among the hosts that the connector declares")

    with watching(watch):
        yield strangers


def _host(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The host of the event, None when it is no call to a host (a socket file, say)."""
    if event in _LOOKUPS and arguments[0]:
        return os.fsdecode(arguments[0])
    if event in _CALLS and isinstance(arguments[1], tuple):
        return str(arguments[1][0])
    return None


def _addresses(host: str) -> set[str]:
    with suppress(OSError):
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    return set()
