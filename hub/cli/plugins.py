"""`hub plugins`: what is installed, what it can do, and why a broken plugin is broken."""

from dataclasses import dataclass

import typer

from hub.cli import options
from hub.cli.invocation import invocation
from hub.cli.output import Output
from hub.i18n import _
from hub.plugins import Installed, Plugins, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry point as a person sees it. `state`: `ok`, `warning`, `broken`; `api` is "" where it is not known."""

    name: str
    title: str = ""
    distribution: str
    version: str
    api: str = ""
    capabilities: tuple[str, ...] = ()
    state: str
    why: tuple[str, ...] = ()
    fix: str = ""
    traceback: str = ""


def plugins(context: typer.Context, *, json: options.Json = False) -> None:
    called = invocation(context)
    loaded = load()
    rows = [row(one, loaded) for one in loaded.installed]
    if json:
        called.output.json(rows)
        return
    columns = (_("Name"), _("Distribution"), _("Version"), _("Interface"), _("Can"), _("State"))
    called.output.table(columns, [_cells(one) for one in rows])
    for one in rows:
        _explain(one, called.output, debug=called.debug)


def row(installed: Installed, loaded: Plugins) -> Row:
    """What came of one entry point."""
    connector, broken = loaded.connectors.get(installed.name), loaded.broken.get(installed.name)
    warnings = loaded.warnings.get(installed.name, ())
    return Row(
        name=installed.name,
        title=connector.title if connector else "",
        distribution=installed.distribution,
        version=installed.version,
        api="{}.{}".format(*connector.api) if connector else "",
        capabilities=tuple(sorted(connector.capabilities)) if connector else (),
        state="broken" if broken else "warning" if warnings else "ok",
        why=(broken.reason,) if broken else warnings,
        fix=broken.fix if broken else "",
        traceback=broken.traceback_text if broken else "",
    )


def _cells(one: Row) -> tuple[object, ...]:
    states = {"ok": _("ok"), "warning": _("with warnings"), "broken": _("broken")}
    return one.name, one.distribution, one.version, one.api, one.capabilities, states[one.state]


def _explain(one: Row, output: Output, *, debug: bool) -> None:
    for reason in one.why:
        text = f"{one.name}: {reason}"
        if one.state == "broken":
            output.fail(text, one.fix)
        else:
            output.warn(text)
    if debug and one.traceback:
        output.note(one.traceback)
