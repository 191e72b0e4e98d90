"""`hub demo`: the main job on the sample files that ship with the project."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

import hub
from hub import i18n
from hub.cli.invocation import Invocation, invocation
from hub.i18n import N_, _

SAMPLES: Final = Path(hub.__file__).parents[1] / "config" / "demo"
CLIENT: Final = "ООО Ромашка"


def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", readable=False, show_default=False, help=N_("Where to; otherwise a temporary folder.")
        ),
    ] = None,
) -> None:
    called = invocation(context)
    config = _copied(called, folder)
    for words in (["config", "check"], ["sync"], ["status"], ["clients"], ["history", CLIENT]):
        code = _run(called, config, words)
        if code:
            raise typer.Exit(code)
    _what_next(called, config)


def _copied(called: Invocation, folder: Path | None) -> Path:
    """The samples in a folder of their own; returns the configuration file."""
    if not (SAMPLES / "hub.toml").exists():
        called.output.fail(
            _("The samples are not here: {folder}").format(folder=SAMPLES),
            fix=_("run it from a checkout of the project: ./run demo"),
        )
        raise typer.Exit(2)
    folder = folder or Path(tempfile.mkdtemp(prefix="hub-demo-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise typer.BadParameter(_("{folder} is not empty").format(folder=folder), param_hint="FOLDER")
        shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    except OSError as error:
        text = _("{file} cannot be written: {problem}").format(file=folder, problem=_(error.strerror or str(error)))
        raise typer.BadParameter(text, param_hint="FOLDER") from error
    return folder / "hub.toml"


def _run(called: Invocation, config: Path, words: list[str]) -> int:
    from hub.cli.main import run

    called.output.say(f"\n$ {_line(words)}")
    return run([*_options(called, config), *words])


def _options(called: Invocation, config: Path) -> list[str]:
    color = [] if called.output.color else ["--no-color"]
    debug = ["--debug"] if called.debug else []
    return ["--config", str(config), "--lang", i18n.language(), *color, *debug]


def _line(words: list[str]) -> str:
    """A command as it is typed: `./run` says how it was called itself, for who has no `hub` at hand."""
    hub = os.environ.get("HUB_CALLED", "hub")
    return " ".join([hub, *(f'"{word}"' if " " in word else word for word in words)])


def _what_next(called: Invocation, config: Path) -> None:
    say = called.output.say
    say()
    say(_("Next, with these samples (they are in {folder}):").format(folder=config.parent))
    say(f"  export HUB_CONFIG={config.absolute()}")
    steps = (
        (["search", "договор"], _("all histories, by word forms")),
        (["why", CLIENT], _("what made it one client")),
        (["history", CLIENT, "--text"], _("with the beginning of every mail")),
        (["history", CLIENT, "--origins", "--keys"], _("where each line was seen")),
        (["sync"], _("once more: nothing new, nothing doubled")),
    )
    width = max(len(_line(words)) for words, _why in steps)
    for words, why in steps:
        say(f"  {_line(words):<{width}}   {why}")
    say(_("With your own files: {command}").format(command=_line(["init"])))
