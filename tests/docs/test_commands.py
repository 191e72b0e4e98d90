"""Every command that a page, an error or a hint names can be typed as it stands there."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from hub.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.ru.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted([*(ROOT / "hub").rglob("*.py"), *(ROOT / "plugins").glob("*/hub_*/**/*.py")])
NAMED = re.compile(r"`hub ([^`\n]+)`")
LEFT_OPEN = re.compile(r"[|…=\[\]]|\.\.\.|\{words\}|^x\b|^-")
"""Choices, words of many kinds, a plugin's own command, options of the whole."""


def refused(line: str) -> str:
    """What the command line finds wrong with a command; "" for nothing, and for one that is named without its arguments."""
    if LEFT_OPEN.search(line):
        return ""
    command, words = typer.main.get_command(app), shlex.split(line)
    context = typer.Context(command)
    try:
        while hasattr(command, "resolve_command") and words:
            if command.name == "clients" and words[0] not in command.commands:
                return ""  # a text to look for
            _, command, words = command.resolve_command(context, words)
            context = typer.Context(command, parent=context)
        if any(not word.startswith("-") for word in words):
            command.parse_args(context, words)
    except typer.TyperException as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_can_be_typed(page):
    assert {line: why for line in NAMED.findall(page.read_text(encoding="utf-8")) if (why := refused(line))} == {}
