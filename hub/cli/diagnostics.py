"""`hub diagnostics`: a file that can be shown to whoever helps."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.invocation import invocation
from hub.cli.output import aside
from hub.i18n import N_, _


def diagnostics(
    context: typer.Context,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", readable=False, help=N_("Where to write it; not over a file that is there.")
        ),
    ] = Path("hub-diagnostics.zip"),
) -> None:
    from hub import plugins, settings
    from hub.doctor import bundle
    from hub.doctor.examination import examination
    from hub.engine.clock import Clock
    from hub.errors import Misconfigured

    called = invocation(context)
    with aside():
        checked = settings.check(called.config)
        connectors = [one.connector for one in checked.config.connections] if checked.config else []
        loaded = plugins.load(connectors)
        findings = list(examination(checked, loaded, Clock(), ()))
    try:
        bundle.write(out, bundle.bundle(checked, loaded, findings))
    except OSError as error:
        text = _("{file} cannot be written: {why}").format(file=out, why=error.strerror or error)
        raise Misconfigured(text, fix=_("name another file with --out")) from error
    called.output.say(str(out))
    called.output.note(_("It holds versions, figures and keys of settings; no addresses, names, subjects or secrets. Look into it before you pass it on."))  # fmt: skip
