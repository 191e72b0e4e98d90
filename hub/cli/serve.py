"""`hub serve`: pull everything when it is due or somebody rings, until told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import loaded, working
from hub.i18n import _, using

if TYPE_CHECKING:
    from hub.daemon.daemon import Asked

_FIELDS: Final = ("action", "connection", "stream", "count", "fix")


def serve(context: typer.Context) -> None:
    from hub import settings
    from hub.daemon.daemon import Daemon
    from hub.daemon.notify import Manager
    from hub.engine import collecting
    from hub.errors import Refused

    called = invocation(context)
    _log_to_stderr()
    early: list[int] = []
    signal.signal(
        signal.SIGHUP, lambda number, _frame: early.append(number)
    )  # it would end us as long as nobody listens
    with working(called, create=True) as hub, hub.store.alone() as is_alone:
        if not is_alone:
            text = _("another `hub serve` works on {database}")
            raise Refused(text.format(database=hub.store.place), fix=_("stop it first; one is enough"))
        _welcome(called, len(hub.config.connections))

        def load() -> Any:
            config = settings.load(called.config)
            return config, loaded(config)

        with _signals(early) as asked, using("en"), collecting.seldom():
            Daemon(hub, load, asked, Manager.of(os.environ)).run()


def _welcome(called: Invocation, count: int) -> None:
    if not count:
        called.output.warn(_("there is no connection to serve"), fix=_("add one to {file}").format(file=called.config))
    if sys.stderr.isatty():
        called.output.note(_("Serving; Ctrl-C ends it."))


@contextmanager
def _signals(early: "Sequence[int]") -> "Iterator[Asked]":
    """What the terminal or the service manager asks for: SIGTERM and SIGINT to stop, SIGHUP to read the configuration, which
    may have come `early`.
    """
    from hub.daemon.daemon import Asked

    reading, writing = os.pipe()
    for number in (reading, writing):
        os.set_blocking(number, False)
    asked = Asked(reading)

    def stop(_number: int, _frame: Any) -> None:
        asked.stop += 1

    def reload(_number: int, _frame: Any) -> None:
        asked.reload = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
    wakes = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    asked.reload = asked.reload or bool(early)
    try:
        yield asked
    finally:
        signal.set_wakeup_fd(wakes)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


class _Line(logging.Formatter):
    """One line, with what it is about behind it: `WARNING the server does not answer action=down connection=mail`."""

    def format(self, record: logging.LogRecord) -> str:
        said = super().format(record).replace("\n", " | ")
        about = [f"{name}={value}" for name in _FIELDS if (value := getattr(record, name, "")) != ""]
        return " ".join((record.levelname, said, *about))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("alembic", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
