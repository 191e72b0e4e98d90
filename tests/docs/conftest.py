"""The project's pages, run as a reader would run them.

A page says what to do in fenced blocks, and all of them are done, from top to bottom, in an empty folder:

* ```console blocks hold lines `$ command`, each with the output below it; a line `...` stands for any lines;
* a block after a line that is only a path in backquotes is that file; "`path`, continued" is its continuation;
* other blocks are only read.

`hub` and `./run hub` are called in this process, at a fixed moment, in English; `uv pip install -e FOLDER` does what uv
does, and no more; the rest is the shell's. A command that ends with anything but 0 is followed by `$ echo $?`.
Where the hub now says something else, `HUB_WRITE_DOCS=1 uv run pytest tests/docs` writes that into the pages.
"""

import contextlib
import contextvars
import gettext
import importlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SHOWN_FOLDER = "/srv/hub"
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`(?P<path>[\w./@-]+)`(?P<more>, continued)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: `path` is the file that it is, if any; `start` and `end` are where its text stands."""

    kind: str
    text: str
    start: int
    end: int
    path: str = ""
    more: bool = False


def blocks(page: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(page):
        above = page[: found.start()].rstrip("\n").rpartition("\n")[2]
        file = _FILE.fullmatch(above)
        start, end = found.span("text")
        yield Block(
            kind=found["kind"], text=found["text"], start=start, end=end,
            path=file["path"] if file else "", more=bool(file and file["more"]),
        )  # fmt: skip


def commands(block: str) -> Iterator[tuple[str, str]]:
    """(command, what it is said to print) of a console block; `\\` at the end continues a command."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\\n"))
        yield "".join(lines[:length]).rstrip("\n"), "".join(lines[length:])


def agrees(said: str, printed: str) -> bool:
    wanted = "".join(r"(?:.*\n)*" if line == "...\n" else re.escape(line) for line in said.splitlines(keepends=True))
    return re.fullmatch(wanted, printed) is not None


class Shell:
    """A folder, and what a reader types in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.environment, self.code = folder, monkeypatch, 0
        self.behind: subprocess.Popen[str] | None = None

    def __call__(self, line: str) -> str:
        """What the command prints, on both streams."""
        words = shlex.split(line.replace("\\\n", ""), comments=True)
        if words[:2] == ["./run", "hub"]:
            words = words[1:]
        match words:
            case ["hub", *rest]:
                printed = self._hub(rest)
            case ["echo", "$?"]:
                printed, self.code = f"{self.code}\n", 0
            case ["export", *settings]:
                for name, _, value in (one.partition("=") for one in settings):
                    self.environment.setenv(name, value)
                printed = ""
            case ["cd", folder]:
                self.environment.chdir(folder)
                printed = ""
            case ["uv", "pip", "install", "-e", folder]:
                printed = self._install(Path(folder))
            case [*_, "&"]:
                self.behind = subprocess.Popen(["sh", "-c", f"exec {line.removesuffix('&')}"], text=True)
                printed = ""
            case ["kill", "%1"]:
                printed = self.rest()
            case _:
                printed = self._run(line)
        return printed.replace(str(self.folder), SHOWN_FOLDER)

    def rest(self) -> str:
        """Ends what runs behind."""
        if self.behind:
            self.behind.kill()
            self.behind.wait()
        return ""

    def _hub(self, words: list[str]) -> str:
        from hub.cli.main import run

        with io.StringIO() as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            self.code = contextvars.copy_context().run(run, words)
            return said.getvalue()

    def _run(self, line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, check=False
        )
        self.code = done.returncode
        return done.stdout

    def _install(self, project: Path) -> str:
        """The folder on the path, and the entry points of its pyproject.toml where their reader finds them."""
        said = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        named = "".join(f"{name} = {module}\n" for name, module in said["entry-points"]["hub"].items())
        metadata = project / f"{said['name'].replace('-', '_')}-{said['version']}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {said['name']}\nVersion: {said['version']}\n")
        (metadata / "entry_points.txt").write_text(f"[hub]\n{named}")
        self.environment.syspath_prepend(project.absolute())
        paths = os.environ.get("PYTHONPATH", "")
        self.environment.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(project.absolute()), paths))))
        importlib.invalidate_caches()
        return ""


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A shell in a folder that has of the project what its pages use: `config/demo`."""
    shutil.copytree(ROOT / "config" / "demo", tmp_path / "config" / "demo")
    monkeypatch.chdir(tmp_path)
    for name in ("HUB_CONFIG", "LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HUB_LANG": "en", "LANGUAGE": "", "LOGNAME": "olga", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setattr("hub.engine.hub.Clock.__call__", lambda _clock: NOW)
    monkeypatch.setattr("hub.store.sqlite.BUSY_S", 0.1)
    monkeypatch.setattr("hub.cli.progress.EVERY_S", 3600)  # a slow machine tells how far it is in between
    domain, before = gettext.textdomain(), set(sys.modules)
    shell = Shell(tmp_path, monkeypatch)
    yield shell
    shell.rest()
    gettext.textdomain(domain)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def follow(shell):
    """Does what a page says. Returns the page as it would have to be, and the first difference, "" for none."""

    def do(page: str) -> tuple[str, str]:
        differences: list[str] = []
        better, read = "", 0
        for block in blocks(page):
            if block.path:
                path = shell.folder / block.path
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a" if block.more else "w", encoding="utf-8") as file:
                    file.write(block.text)
            elif block.kind == "console":
                better += page[read : block.start] + "".join(_typed(shell, block.text, differences))
                read = block.end
        return better + page[read:], "\n".join(differences)

    return do


def _typed(shell: Shell, block: str, differences: list[str]) -> Iterator[str]:
    for line, said in commands(block):
        if shell.code and line != "echo $?":
            differences.append(f"before `{line}`: the page does not say that the code is {shell.code}")
            shell.code = 0
        printed = shell(line)
        right = agrees(said, printed)
        if not right:
            differences.append(f"$ {line}\nsaid:\n{said}printed:\n{printed}")
        yield f"$ {line}\n{said if right else printed}"
