"""docs/reference/cli.md names every command, option and exit code there is, and none that there is not."""

import re
from pathlib import Path

import typer

from hub.cli import main
from hub.cli.main import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs/reference/cli.md").read_text("utf-8")
OWN = {"--help", "-h"}
EVERYWHERE = {"--config", "--lang", "--no-color", "--quiet", "-q", "--debug", "--version"} | OWN
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]*")


def commands():
    """(words, command) of every command that can be called."""
    for row in COMMANDS:
        loaded = main._load(row)
        children = getattr(loaded, "commands", None)
        if not children:
            yield row.name, loaded
        for name, child in (children or {}).items():
            yield f"{row.name} {name}", child


def options(command):
    return {name for one in command.params for name in one.opts if name.startswith("-")} - OWN


def section(name):
    """What the page says of a noun."""
    return re.split(r"^##+ ", PAGE.split(f"\n### hub {name}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def described(words):
    """The options that the page gives a command: its line in a table, else all of its section."""
    noun, _, verb = words.partition(" ")
    text = section(noun)
    if verb:
        text = next(line for line in text.splitlines() if re.match(rf"\| `hub {words}[ `]", line))
    return set(_OPTION.findall(re.sub(r"\n    .*", "", text))) - EVERYWHERE


def test_every_command_and_option_stands_on_the_page():
    for words, command in commands():
        assert described(words) == options(command) - EVERYWHERE, words


def test_every_noun_has_an_example_that_begins_with_it():
    for row in COMMANDS:
        assert re.search(rf"^    hub {row.name}\b", section(row.name), re.MULTILINE), row.name


def test_the_page_names_no_noun_that_there_is_not():
    assert re.findall(r"^### hub (.*)$", PAGE, re.MULTILINE) == [row.name for row in COMMANDS]


def test_the_options_of_every_command_are_those_of_hub():
    everywhere = {name for one in typer.main.get_command(main.app).params for name in one.opts}
    shell = {"--install-completion", "--show-completion"}
    assert everywhere - shell == EVERYWHERE - OWN
    for name in EVERYWHERE:
        assert f"`{name}" in PAGE


def test_the_exit_codes_are_those_of_the_program():
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    said = {int(code) for code in re.findall(r"^ +(\d+)  \w", main.__doc__, re.MULTILINE)}
    assert codes == said


def test_every_option_of_an_example_exists():
    known = {words: options(command) | EVERYWHERE for words, command in commands()}
    for line in re.findall(r"^    hub (.+)$", PAGE, re.MULTILINE):
        if line.startswith("["):
            continue
        words = line.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        name = name if name in known else f"{name} list"
        assert set(_OPTION.findall(re.sub(r'"[^"]*"', "", line))) <= known[name], line
