"""`hub` in a home with a configuration and an empty database."""

import contextvars
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli.main import run
from tests.founded import found

TOML = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"

[connections.crm]
connector = "memory"
name = "crm"
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def line(self, start: str) -> str:
        """The only line about this."""
        [found] = [line for line in self.out.splitlines() if f" {start}: " in line]
        return found


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found(tmp_path_factory.mktemp("examined"), TOML)


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "home"))


@pytest.fixture
def hub(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Said]]:
    for name, value in {"HUB_LANG": "en", "LANGUAGE": "", "HUB_CONFIG": str(home / "hub.toml")}.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> Said:
        code = contextvars.copy_context().run(run, list(words))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
