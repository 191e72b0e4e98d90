"""What pages point to is there: files, headings, commands and their options."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer

from hub.cli.main import COMMANDS, app

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in sorted(ROOT.rglob("*.md"))
    if not {"node_modules", "data"} & set(page.parts)
    and not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HUB = re.compile(r"(?:^|[`$]|\./run )\s*(?:\./run )?hub ([^`\n#]*)", re.MULTILINE)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(page: Path) -> set[str]:
    """The headings as GitHub names them in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, heading = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not heading or heading in anchors(there), target


def options(command: Any) -> set[str]:
    """The options of a command and of all below it."""
    below = (options(one) for one in getattr(command, "commands", {}).values())
    return {name for param in command.params for name in param.opts}.union(*below)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_a_page_names_exists_with_its_options(page):
    main = typer.main.get_command(app)
    common = {name for param in main.params for name in param.opts} | {"--help", "-h"}
    for said in HUB.findall(page.read_text(encoding="utf-8").replace("\\\n", " ")):
        words = [word for word in said.split() if re.fullmatch(r"-{0,2}[a-z][a-z-]*", word)]
        named = [word for word in words if not word.startswith("-")]
        if named and named[0] != "x" and said.startswith((named[0], "-")):
            command = main.get_command(None, named[0])
            assert command is not None, f"hub {said}"
            assert {word for word in words if word.startswith("--")} <= options(command) | common, f"hub {said}"


def test_every_command_has_its_place_in_the_reference():
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### hub ([\w-]+)$", page, re.MULTILINE)) == {row.name for row in COMMANDS}


def test_every_page_can_be_reached_from_the_readme():
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = LINK.findall(without_code(page.read_text(encoding="utf-8")))
        left += [
            (page.parent / unquote(link).partition("#")[0]).resolve() for link in links if not re.match(r"\w+:", link)
        ]
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= seen
