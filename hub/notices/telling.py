"""From troubles to messages, and on their way.

    well ──trouble──▶ needs a person ──cured──▶ well          one entry of a message for each arrow
    message: collecting ──first try──▶ on its way ──arrived──▶ sent

A message collects for a minute, so that many connections that fail together are one; what is over before it goes out is
not told at all.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from hub.core.history import milliseconds
from hub.core.records import moment
from hub.engine.hub import Hub
from hub.engine.steps import Pause, Steps
from hub.i18n import using
from hub.log import Log
from hub.notices import wording
from hub.notices.troubles import troubles
from hub.store import notices
from hub.store.notices import Entry, Message, Need

COLLECT_MS: Final = 60_000
SEND_S: Final = 30.0
"""So long may sending take."""
_TICK_S: Final = 0.5
_LONGEST: Final = 10_000
"""Of a message more is not sent."""
FIRST_MS, LONGEST_MS = 60_000, 3_600_000
"""How long until the next try: twice as long each time."""
KEPT_MS: Final = 30 * 86_400_000
_log = Log(logging.getLogger("hub.notices"), {"action": "notice"})


def tell(hub: Hub, now: datetime) -> Steps[None]:
    """Write down what has changed, and send what is due; nothing where the configuration names nobody to be told.

    To be called often: it looks into the database, and takes its time only where a message goes out, half a minute at most.
    """
    if not hub.config.notices_url:
        return
    at = milliseconds(moment(now))
    write_down(hub, at)
    yield from send(hub, at)


def write_down(hub: Hub, now: int) -> None:
    """Troubles that are new and those that are over, with the message about them."""
    with hub.store.read() as tx:
        if troubles(hub, tx, now).keys() == notices.known(tx).keys():
            return
    with hub.store.write() as tx:
        found, known = troubles(hub, tx, now), notices.known(tx)
        new, over = [found[one] for one in found.keys() - known.keys()], sorted(known.keys() - found.keys())
        notices.keep(tx, new, now)
        notices.forget(tx, over)
        well, dropped = _told_apart(hub, over)
        before = notices.collecting(tx)
        entries = changed(before.entries if before else (), sorted(new, key=lambda one: one.connection), well, dropped)
        if before or entries:
            notices.write(tx, before.number if before else None, entries, now=now, due=now + COLLECT_MS)


def _told_apart(hub: Hub, over: Sequence[str]) -> tuple[list[str], list[str]]:
    """(connections that are well again, those that nobody is to be told of, since they are pulled no longer)."""
    wanted = {one.id for one in hub.config.connections if one.enabled} | {one.id for one in hub.config.broken}
    return [one for one in over if one in wanted], [one for one in over if one not in wanted]


def changed(
    entries: Sequence[Entry], new: Sequence[Need], over: Sequence[str], dropped: Sequence[str] = ()
) -> list[Entry]:
    """The entries of a message with what has changed meanwhile: an entry and its contrary cancel each other."""
    told: Mapping[str, Entry] = {one.connection: one for one in entries}
    more = [Entry("needs", one.connection, one.error, one.message) for one in new if one.connection not in told]
    more += [Entry("well", one) for one in over if one not in told]
    cancelled = {*over, *dropped, *(one.connection for one in new)}
    return [*(one for one in entries if one.connection not in cancelled), *more]


def send(hub: Hub, now: int) -> Steps[None]:
    """Send what is due, one message after another, until one does not go out."""
    while (message := _claimed(hub, now)) is not None:
        with using(hub.config.company.language):
            title, body = wording.worded(message, hub.config)
        why = yield from posted(hub.config.notices_url, title, body)
        if why:
            _log.warning("message %d was not sent: %s", message.number, why)
            return
        with hub.store.write() as tx:
            notices.sent(tx, message.number, now, forget_before=now - KEPT_MS)


def _claimed(hub: Hub, now: int) -> Message | None:
    """The message that is due, noted as being sent: it is due again if we die now."""
    with hub.store.read() as tx:
        if notices.due(tx, now) is None:
            return None
    with hub.store.write() as tx:
        message = notices.due(tx, now)
        if message is None:
            return None
        again = now + min(FIRST_MS * 2 ** min(message.tries, 10), LONGEST_MS)
        return message if notices.tried(tx, message.number, message.tries, again) else None


def posted(url: str, title: str, body: str) -> Steps[str]:
    """Send a message, in a process of its own: "" when it has arrived, else why not. The address stands in no argument."""
    order = json.dumps({"url": url, "title": title, "body": body[:_LONGEST]}, ensure_ascii=False)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, "-P", Path(__file__).with_name("post.py")],  # by its file: it needs nothing of the hub
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:  # no processes or no memory left, now
        return str(error)
    with process:
        try:
            return (yield from _answered(process, order.encode(errors="replace")))
        finally:
            process.kill()


def _answered(process: "subprocess.Popen[bytes]", order: bytes) -> Steps[str]:
    """Give the process its order, which a pipe holds, and hear what came of it."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError), process.stdin as line:
        line.write(order)
    until = time.monotonic() + SEND_S
    while process.poll() is None:
        if time.monotonic() >= until:
            return f"no answer within {SEND_S:g} s"
        yield Pause(process.stdout.fileno(), _TICK_S)
    if process.returncode == 0:
        return ""
    return process.stdout.read().decode(errors="replace").strip()[:300] or f"exit code {process.returncode}"
