"""The command `hub`.

    hub NOUN [VERB]      the table COMMANDS names every noun, its module and its line of help

A module is imported when its command is called. It exports `app`, a `typer.Typer`, or a function of the command's
name. Help is marked with `N_` and translated when it is shown. The options below may stand anywhere in the line.

Exit codes:

      0  done
      1  some connection failed, or was refused; the others went on
      2  the command line or the configuration has to be changed
      3  a person has to sign in again
      4  the other system cannot be reached now; trying again later helps
      5  the database cannot be used
     70  a defect of the hub or of a plugin
    130  interrupted; what was finished is kept
"""

import difflib
import gettext
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from hub import i18n
from hub.cli.invocation import DEFAULT_CONFIG, Invocation
from hub.cli.output import Output
from hub.cli.words import localised, usage_error
from hub.errors import (
    AuthFailed,
    HubError,
    Inconsistent,
    Misconfigured,
    StoreUnusable,
    Unreachable,
)
from hub.i18n import N_, _

OK, FAILED, USAGE, AUTH, UNREACHABLE, STORE, DEFECT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 70, 130
_CODES: Final = (
    (Misconfigured, USAGE),
    (AuthFailed, AUTH),
    (Unreachable, UNREACHABLE),
    (StoreUnusable, STORE),
    (Inconsistent, DEFECT),
    (HubError, FAILED),
)


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table of commands. `section` is the heading it stands under in `hub --help`."""

    name: str
    module: str
    help: str
    section: str


START, USE, CARE = N_("To begin"), N_("To work with it"), N_("To look after it")

COMMANDS: Final = (
    Command("init", "hub.cli.init", N_("Answer a few questions and get a configuration"), START),
    Command("demo", "hub.cli.demo", N_("See it at work on sample files"), START),
    Command("sync", "hub.cli.sync", N_("Pull what is new"), USE),
    Command("serve", "hub.cli.serve", N_("Pull everything for good, as soon as there is news"), USE),
    Command("status", "hub.cli.status", N_("See where everything stands and what waits for you"), USE),
    Command("clients", "hub.cli.clients", N_("List the clients; say which are one, and what belongs to whom"), USE),
    Command("history", "hub.cli.history", N_("Show everything that went between us and a client"), USE),
    Command("search", "hub.cli.search", N_("Find words in all histories"), USE),
    Command("attachment", "hub.cli.attachment", N_("List the files that came with an interaction, and get one"), USE),
    Command("why", "hub.cli.why", N_("Explain a client, an interaction, or why two clients are not one"), USE),
    Command("doctor", "hub.cli.doctor", N_("See whether everything is there that it needs, and in order"), CARE),
    Command("diagnostics", "hub.cli.diagnostics", N_("Write a file that whoever helps you may see"), CARE),
    Command("config", "hub.cli.config", N_("Check the configuration and show what is in force"), CARE),
    Command("secret", "hub.cli.secret", N_("Keep passwords and tokens, encrypted, for the configuration"), CARE),
    Command("connect", "hub.cli.connect", N_("Sign in to another system with a browser"), CARE),
    Command("plugins", "hub.cli.plugins", N_("See what is installed, and why a plugin cannot be used"), CARE),
    Command("x", "hub.cli.x", N_("Call a command of a plugin"), CARE),
    Command("audit", "hub.cli.audit", N_("Compare what the sources have with what is here"), CARE),
    Command("quarantine", "hub.cli.quarantine", N_("See what could not be read, and read it again after a fix"), CARE),
    Command("accept-empty", "hub.cli.accept_empty", N_("Say that what vanished from a stream is really gone"), CARE),
    Command("reset", "hub.cli.reset", N_("Read streams from the start at the next sync"), CARE),
    Command("forget", "hub.cli.forget", N_("Remove somebody for good"), CARE),
    Command("rebuild", "hub.cli.rebuild", N_("Make clients, histories and search anew from what is stored"), CARE),
    Command("service", "hub.cli.service", N_("Run it for good, under systemd"), CARE),
    Command("db", "hub.cli.db", N_("Back up the history, restore it, move it elsewhere"), CARE),
    Command("dump", "hub.cli.dump", N_("Print everything that is known, to be compared"), CARE),
)


class Commands(TyperGroup):
    """A group that imports the module of a command when the command is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return [row.name for row in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        row = next((row for row in COMMANDS if row.name == cmd_name), None)
        return row and _load(row)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            ctx.fail(_no_such_command(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        for section in dict.fromkeys(row.section for row in COMMANDS):
            with formatter.section(_(section)):
                formatter.write_dl([(row.name, _(row.help)) for row in COMMANDS if row.section == section])


def _load(row: Command) -> Any:
    module = import_module(row.module)
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(row.name)(getattr(module, row.name.replace("-", "_")))
    command = typer.main.get_command(app)
    command.name = row.name
    command.help = command.help or row.help
    command.params = [one for one in command.params if one.name not in {"install_completion", "show_completion"}]
    return localised(command)


def _no_such_command(given: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, names, n=1)
    text = _("There is no command {name}.").format(name=given)
    return text + " " + _("Did you mean {name}?").format(name=close[0]) if close else text


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("One history of every client, from mailboxes, calendars and CRMs."),
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        Output().say(f"hub {version('interaction-hub')}")
        raise typer.Exit


@app.callback()
def hub(
    context: typer.Context,
    *,
    config: Annotated[
        Path,
        typer.Option(  # whether it can be read, is told in our own words
            "--config", envvar="HUB_CONFIG", metavar="FILE", readable=False, help=N_("The configuration file.")
        ),
    ] = DEFAULT_CONFIG,
    language: Annotated[
        str, typer.Option("--lang", metavar="ru|en", show_default=False, help=N_("The language to speak."))
    ] = "",
    no_color: Annotated[bool, typer.Option("--no-color", help=N_("No colours (also: NO_COLOR=1)."))] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=N_("Only results and errors."))] = False,
    debug: Annotated[bool, typer.Option("--debug", help=N_("Show where in the program an error arose."))] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help=N_("Show the version and leave.")),
    ] = False,
) -> None:
    context.obj = Invocation(config=config, output=Output(color=not no_color, quiet=quiet), debug=debug)
    if language and not i18n.spoken(language):
        raise typer.BadParameter(
            _("speak one of: {known}").format(known=", ".join(i18n.LANGUAGES)), param_hint="--lang"
        )


def run(arguments: Sequence[str] | None = None) -> int:
    """The command line from beginning to end. Returns the exit code; an error is one message, never a traceback."""
    line = global_options_first(sys.argv[1:] if arguments is None else arguments)
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    output = Output(color="--no-color" not in line)
    try:
        _speak(line)
        code = localised(typer.main.get_command(app)).main(args=line, prog_name="hub", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        return _usage(error, output)
    except SystemExit:  # what Typer makes of a broken pipe: whoever reads has seen enough
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place an error can be told to a person
        return _failure(error, output, line)
    return code if isinstance(code, int) else OK


def _open_closed() -> None:
    """Standard streams that whoever called us has closed go nowhere; else the next file opened would be one of them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process


def _usage(error: typer.TyperException, output: Output) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        output.say(error.format_message())
        return OK
    path = getattr(getattr(error, "ctx", None), "command_path", "hub")
    output.fail(usage_error(error), fix=_("{command} --help shows how").format(command=path))
    return USAGE


def _failure(error: Exception, output: Output, line: Sequence[str]) -> int:
    if "--debug" in line:
        traceback.print_exception(error)
    if isinstance(error, HubError):
        output.fail(i18n.told(str(error)), i18n.told(error.fix))
        return next(code for kind, code in _CODES if isinstance(error, kind))
    if isinstance(error, UnicodeEncodeError) and not all(map(_is_text, line)):
        output.fail(
            _("the command line is not in the encoding of the system, {encoding}").format(
                encoding=sys.getfilesystemencoding()
            ),
            fix=_("let the terminal and the locale speak UTF-8, for instance by LC_ALL=C.UTF-8"),
        )
        return USAGE
    frames = traceback.extract_tb(error.__traceback__)
    where = next((frame for frame in reversed(frames) if not frame.filename.startswith("<")), frames[-1])
    text = _("a defect: {kind} in {file}:{line}")
    output.fail(
        text.format(kind=type(error).__name__, file=where.filename, line=where.lineno),
        fix=_("run it again with --debug and report what it prints"),
    )
    return DEFECT


def _is_text(word: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in word)


# --- the line --------------------------------------------------------------------------------------------------------

_FLAGS: Final = {"--no-color", "--quiet", "-q", "--debug", "--version"}
_VALUED: Final = {"--config", "--lang"}


def global_options_first(arguments: Sequence[str]) -> list[str]:
    """`hub sync --debug` as `hub --debug sync`: the options of `hub` itself, then all the rest as it stands."""
    options: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*options, *rest, word, *waiting]
        if word in _FLAGS or word.partition("=")[0] in _VALUED:
            options.append(word)
            if word in _VALUED and waiting:
                options.append(waiting.pop(0))
        else:
            rest.append(word)
    return options + rest


def _subcommand(line: list[str]) -> int:
    """Where the global options end."""
    at = 0
    while at < len(line) and (line[at] in _FLAGS or line[at].partition("=")[0] in _VALUED):
        at += 2 if line[at] in _VALUED else 1
    return at


def _option(line: list[str], name: str) -> str:
    for word, following in zip_longest(line, line[1:], fillvalue=""):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


def _speak(line: list[str]) -> None:
    """The language of --lang, else HUB_LANG, else the company's, else the locale's; for Typer's own words too."""
    head = line[: _subcommand(line)]
    chosen = _option(head, "--lang") or os.environ.get("HUB_LANG", "")
    config = Path(_option(head, "--config") or os.environ.get("HUB_CONFIG") or DEFAULT_CONFIG)
    i18n.use(chosen or _company_language(config))
    os.environ["LANGUAGE"] = i18n.language()  # gettext's own variable
    gettext.bindtextdomain(i18n.DOMAIN, i18n.LOCALE)
    gettext.textdomain(i18n.DOMAIN)


def _company_language(config: Path) -> str:
    """What [company] says, if the file can be read at all: its mistakes are told by the command that needs it."""
    import tomllib

    try:
        return str(tomllib.loads(config.read_text("utf-8-sig"))["company"]["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
