"""`hub rebuild`: make clients, histories and search anew from what is stored."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from hub.cli import progress, terms
from hub.cli.invocation import invocation
from hub.cli.opening import working
from hub.cli.output import Output
from hub.i18n import _


def rebuild(context: typer.Context) -> None:
    from hub.engine import rebuild as engine
    from hub.store import overview, totals

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            total = sum(tally.count for found in overview.tallies(tx).values() for tally in found
                        if tally.state in ("stored", "headers", "quarantined"))  # fmt: skip
        with _counting(called.output, total) as show:
            done = engine.rebuild(hub, show)
        with hub.store.read() as tx:
            clients, lines = totals.totals(tx)
    text = _("Made anew from {items}: {clients}, {interactions}.")
    called.output.say(
        text.format(items=terms.items(done), clients=terms.clients(clients), interactions=terms.interactions(lines))
    )


@contextmanager
def _counting(output: Output, total: int) -> Iterator[Callable[[int], None]]:
    """Shows how many of `total` items are done: a bar on a terminal, otherwise a line every ten seconds."""
    if output.quiet:
        yield lambda _done: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True, no_color=not output.color or None)) as bars:
            task = bars.add_task(_("Rebuilding"), total=total)
            yield lambda done: bars.update(task, completed=done)
    else:
        began = told = time.monotonic()

        def tell(done: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= progress.EVERY_S:
                told = now
                output.note(progress.so_far(done, total, done / max(now - began, 0.001)))

        yield tell
