"""`hub config`: check the configuration, show what is in force, print its schema."""

from dataclasses import replace
from typing import Annotated

import typer

from hub.cli import options
from hub.cli.invocation import Invocation, invocation
from hub.i18n import N_, _, ngettext
from hub.settings import Checked, InvalidConfiguration, Mistake, check

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=N_("Check the configuration and show what is in force")
)


@app.callback()
def config() -> None:
    pass


@app.command("check", help=N_("Find every mistake, where it is and how to put it right"))
def check_command(
    context: typer.Context,
    *,
    json: options.Json = False,
    strict: Annotated[bool, typer.Option("--strict", help=N_("Take warnings for errors."))] = False,
) -> None:
    called = invocation(context)
    checked = _with_sign_ins(check(called.config))
    if json:
        called.output.json({"ok": not checked.errors, "mistakes": [_as_json(one) for one in checked.mistakes]})
    else:
        _tell(checked, called)
    if checked.errors or (strict and checked.warnings):
        raise typer.Exit(2)


@app.command("show", help=N_("Show every setting in force, secrets masked"))
def show_command(
    context: typer.Context,
    *,
    json: options.Json = False,
    origin: Annotated[bool, typer.Option("--origin", help=N_("Show where each value comes from."))] = False,
) -> None:
    from hub.settings.inventory import settings_in_force

    called = invocation(context)
    checked = check(called.config)
    if checked.errors:
        raise InvalidConfiguration(checked.errors)
    settings = list(settings_in_force(checked))
    if json:
        called.output.json(settings)
        return
    columns = [_("Setting"), _("Value"), *([_("Origin")] if origin else [])]
    rows = [
        [one.key, one.value, *([_(one.origin) if one.kind == "default" else one.origin] if origin else [])]
        for one in settings
    ]
    called.output.table(columns, rows)


@app.command("schema", help=N_("Print the JSON Schema of hub.toml, for editors"))
def schema_command(context: typer.Context) -> None:
    from hub.settings.schema import json_schema

    invocation(context).output.json(json_schema())


def _with_sign_ins(checked: Checked) -> Checked:
    """With a warning for every connection that nobody has signed in for: it is right, but reads nothing yet."""
    from hub.cli.signing import unsigned_by

    found = unsigned_by(checked.config) if checked.config is not None else ()
    places = {one.connection: checked.document.entry(("connections", one.connection)).value for one in found}
    warnings = [
        Mistake(code="HUB126", severity="warning", key=("connections", one.connection), place=places[one.connection],
                message=one.message, fix=one.fix)
        for one in found
    ]  # fmt: skip
    return replace(checked, mistakes=(*checked.mistakes, *warnings))


def _tell(checked: Checked, called: Invocation) -> None:
    for mistake in checked.mistakes:
        called.output.say(str(mistake))
    errors, warnings = len(checked.errors), len(checked.warnings)
    if errors:
        text = ngettext("{n} mistake in {file}", "{n} mistakes in {file}", errors)
        called.output.note(text.format(n=errors, file=called.config))
        return
    count = len(checked.config.connections) if checked.config else 0
    text = ngettext("{file} is right: {n} connection", "{file} is right: {n} connections", count)
    called.output.note(text.format(file=called.config, n=count))
    if warnings:
        called.output.note(ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings))


def _as_json(one: Mistake) -> dict[str, object]:
    return {
        "code": one.code,
        "severity": one.severity,
        "file": one.place.file,
        "line": one.place.line or None,
        "column": one.place.column or None,
        "key": list(one.key),
        "message": one.message,
        "meant": one.meant,
        "fix": one.fix,
    }
