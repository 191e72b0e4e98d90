"""`hub doctor`: is everything there that the hub needs, and in order."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hub.cli.invocation import Invocation, invocation
from hub.cli.output import aside
from hub.i18n import N_, _, told

if TYPE_CHECKING:
    from hub.doctor.finding import Finding
    from hub.plugins import Plugins
    from hub.settings import Checked, Config, Connection

_LEVELS: Final = {"ok": N_("ok"), "warning": N_("warning"), "failed": N_("failed"), "unknown": N_("unknown")}
_CHECKS: Final = {
    "python": N_("Program"),
    "plugin": N_("Plugin"),
    "config": N_("Configuration"),
    "disk": N_("Disk"),
    "files": N_("Files"),
    "secrets": N_("Secrets"),
    "database": N_("Database"),
    "schema": N_("Schema"),
    "daemon": N_("Daemon"),
    "notices": N_("Messages"),
    "token": N_("Access"),
    "proxy": N_("Proxy"),
    "dns": N_("DNS name"),
    "tls": N_("TLS"),
    "clock": N_("Clock"),
    "connection": N_("Server"),
    "ews": N_("EWS"),
    "sign-in": N_("Sign-in"),
    "assumption": N_("Assumption"),
    "doctor": N_("Doctor"),
}


def doctor(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[CONNECTION]", show_default=False, help=N_("Also sign in to this one, reading nothing.")
        ),
    ] = "",
    *,
    assumptions: Annotated[
        bool,
        typer.Option("--assumptions", help=N_("Ask instead whether what connectors take for granted is so.")),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=N_("Print JSON."))] = False,
) -> None:
    from hub import plugins, settings

    called = invocation(context)
    with aside():
        checked = settings.check(called.config)
        config = checked.config
        offers = plugins.installed()
        loaded = plugins.load((one.connector for one in config.connections) if config else (), found=offers)
        chosen = _chosen(config, name)
        ask = _assumed if assumptions else partial(_examined, signing=bool(name))
        found = ask(checked, loaded, chosen)
    _tell(called, found, json=json)
    raise typer.Exit(1 if any(one.level == "failed" for one in found) else 0)


def _chosen(config: "Config | None", name: str) -> "list[Connection]":
    from hub.errors import Misconfigured

    if config is None:
        return []
    if not name:
        return [one for one in config.connections if one.enabled]
    if (one := config.connection(name)) is None:
        known = ", ".join(one.name for one in config.connections)
        text = _("there is no connection {name}").format(name=name)
        raise Misconfigured(text, fix=_("known: {names}").format(names=known or "-"))
    return [one]


def _examined(checked: "Checked", loaded: "Plugins", chosen: "list[Connection]", *, signing: bool) -> "list[Finding]":
    from hub.doctor.examination import examination
    from hub.doctor.signing import sign_in
    from hub.engine.clock import Clock

    found = list(examination(checked, loaded, Clock(), chosen))
    if signing and (config := checked.config) is not None:
        found += [finding for one in chosen for finding in sign_in(config, loaded, one)]
    return found


def _assumed(checked: "Checked", loaded: "Plugins", chosen: "list[Connection]") -> "list[Finding]":
    from hub.doctor.machine import configuration
    from hub.doctor.signing import assumptions

    if (config := checked.config) is None:
        return list(configuration(checked))
    return [finding for one in chosen for finding in assumptions(config, loaded, one)]


def _tell(called: Invocation, found: "list[Finding]", *, json: bool) -> None:
    if json:
        ok = not any(one.level == "failed" for one in found)
        checks = [
            {
                "check": one.check,
                "of": one.of or None,
                "about": one.about or None,
                "level": one.level,
                "says": one.says,
                "fix": one.fix or None,
            }
            for one in found
        ]
        called.output.json({"ok": ok, "checks": checks})
        return
    for one in found:
        what = _(_CHECKS[one.check]) + (f" {one.of}" if one.of else "")
        called.output.say(f"{_mark(one)} {what}: {told(one.says)}")
        if one.fix and one.level != "ok":
            called.output.say(f"    → {one.fix}")


def _mark(one: "Finding") -> str:
    """The level, as wide as the widest."""
    words = {level: _(word) for level, word in _LEVELS.items()}
    return words[one.level].ljust(max(map(len, words.values())))
