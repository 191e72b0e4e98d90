"""Typer's own words in the language of the person, and the help that our modules mark with `N_`.

Typer asks gettext for a few of its words and says the rest in English; both kinds are translated here.
"""

import re
from difflib import get_close_matches
from typing import Any, Final

import typer

from hub.i18n import N_, _

ASKED_OF_GETTEXT: Final = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("(dynamic)"),
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("required"),
    N_("Missing command."),
)
SAID_BY_TYPER: Final = (
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)
"""The help of options that Typer adds, as it words it."""

WHAT_STANDS_THERE: Final = (
    N_("ADDRESS"),
    N_("CLIENT"),
    N_("CONNECTION"),
    N_("DATE"),
    N_("DOMAIN"),
    N_("FILE"),
    N_("FOLDER"),
    N_("HOST"),
    N_("ID"),
    N_("INTERACTION"),
    N_("KIND"),
    N_("NAME"),
    N_("PART"),
    N_("PATH"),
    N_("PORT"),
    N_("STREAM"),
    N_("TEXT"),
    N_("URL"),
    N_("WORDS"),
    N_("ZONE"),
)
"""What our commands want to be given, as their `metavar` calls it."""

_HELP_OPTION: Final = "Show this message and exit."
_CAPITALS: Final = re.compile(r"[A-Z]{2,}")
_WRAPPED: Final = re.compile(r"\{([^{}]+)\}(?:\.\.\.)?|\[(\[[^\[\]]+\])\](?:\.\.\.)?")
"""An argument as Typer writes it in the usage: our words for it say already whether it may be left out or repeated."""
_TYPE: Final = re.compile(r" <[a-z\[\]]+>$")
_UNKNOWN: Final = re.compile(r"No such command '(.*)'\.", re.DOTALL)
_EXTRA: Final = re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", re.DOTALL)


class _Formatter(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        plainly = _WRAPPED.sub(r"\1\2", args)
        super().write_usage(prog, plainly, _("Usage: ") if prefix is None else prefix)

    def write_dl(self, rows: Any, *args: Any, **kwargs: Any) -> None:
        own = [(_TYPE.sub("", name), _("Show this help.") if text == _HELP_OPTION else text) for name, text in rows]
        super().write_dl(own, *args, **kwargs)


class _Context(typer.Context):
    formatter_class = _Formatter


def localised(command: Any) -> Any:
    """The command with its help, and that of its options and sub-commands, in the language spoken now."""
    command.context_class = _Context
    command.help = _(command.help) if command.help else ""
    command.short_help = command.help  # else it is cut off where a line ends
    command.options_metavar = _("[OPTIONS]")
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = _(parameter.help)
        if parameter.metavar:
            parameter.metavar = _CAPITALS.sub(lambda word: _(word[0]), parameter.metavar)
    for child in getattr(command, "commands", {}).values():
        localised(child)
    return command


def usage_error(error: Any) -> str:
    """What is wrong with the command line, as one sentence."""
    name = _named(error)
    match type(error).__name__:
        case "NoSuchOption":
            text = _("There is no option {name}.").format(name=error.option_name)
            return _suggested(text, getattr(error, "possibilities", None) or ())
        case "MissingParameter":
            return _("{name} is missing.").format(name=name)
        case "BadParameter":
            problem = _out_of_range(error) or error.message
            return _("{name}: {problem}").format(name=name, problem=problem) if name else problem
    if unknown := _UNKNOWN.match(error.message):
        text = _("There is no command {name}.").format(name=unknown[1])
        return _suggested(text, get_close_matches(unknown[1], error.ctx.command.list_commands(error.ctx), n=1))
    if extra := _EXTRA.match(error.message):
        takes_names = any(one.param_type_name == "argument" for one in error.ctx.command.params)
        quoted = _("Too many words: {words}. A name of several words stands in quotes")
        return (quoted if takes_names else _("Too many words: {words}")).format(words=extra[1])
    return str(error.format_message())


def _out_of_range(error: Any) -> str:
    """Of a number that is too small, too large or none; "" where something else is wrong."""
    cause = error.__cause__ or error.__context__
    said = cause.errors() if hasattr(cause, "errors") else ()
    match [(one["type"], one.get("ctx", {})) for one in said][:1]:
        case [("greater_than_equal", {"ge": least})]:
            return _("a number from {least} is needed").format(least=least)
        case [("less_than_equal", {"le": most})]:
            return _("a number up to {most} is needed").format(most=most)
        case [("int_parsing", _found)]:
            return _("a whole number is needed")
    return ""


def _named(error: Any) -> str:
    hint = getattr(error, "param_hint", None)
    if hint is not None:
        return hint if isinstance(hint, str) else " / ".join(hint)
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    return (
        " / ".join(parameter.opts)
        if parameter.param_type_name == "option"
        else str(parameter.display_name_raw).strip("[]…")
    )


def _suggested(text: str, possibilities: Any) -> str:
    first = next(iter(sorted(possibilities)), None)
    return text if first is None else text + " " + _("Did you mean {name}?").format(name=first)
