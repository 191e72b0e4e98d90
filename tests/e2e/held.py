"""The connector `held`: `memory`, which brings no more pages of a pull than a file beside it allows, while there is one.

So a test stops a sync where it wants to, however fast the machine is.
"""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hub
from hub.testing import memory

METADATA = "Metadata-Version: 2.1\nName: held\nVersion: 1.0\n"
ENTRY_POINTS = f"[hub]\nheld = {__name__}\n"


def install(folder: Path) -> None:
    """Make `held` a plugin that is installed in this folder, for PYTHONPATH."""
    info = folder / "held-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA, "ascii")
    (info / "entry_points.txt").write_text(ENTRY_POINTS, "ascii")


def hold(config: Path, pages: int) -> None:
    """From now on a pull brings so many pages, and waits with the next one until it is let go."""
    written = _allowance(config.parent).with_suffix(".new")
    written.write_text(str(pages), "ascii")
    written.replace(_allowance(config.parent))


def let_go(config: Path) -> None:
    _allowance(config.parent).unlink()


def _allowance(folder: Path) -> Path:
    return folder / "pages"


def _allows(file: Path, number: int) -> bool:
    try:
        return number <= int(file.read_text("ascii"))
    except FileNotFoundError:
        return True


@dataclasses.dataclass(frozen=True)
class _Held:
    source: hub.Source
    allowance: Path

    def check(self) -> None:
        self.source.check()

    def streams(self):
        return self.source.streams()

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        for number, page in enumerate(self.source.pull(stream, cursor), 1):
            while not _allows(self.allowance, number):
                time.sleep(0.01)
            yield page


@contextmanager
def _open(settings: memory.Settings, tools: hub.Tools) -> Iterator[_Held]:
    with memory.CONNECTOR.open(settings, tools) as source:
        yield _Held(source, _allowance(settings.path.parent))


CONNECTOR = dataclasses.replace(memory.CONNECTOR, name="held", open=_open, capabilities=frozenset())


@hub.hookimpl
def register_connectors() -> list[hub.Connector]:
    return [CONNECTOR]
