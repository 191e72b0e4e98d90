"""A plugin of somebody else, installed for real: a folder on `sys.path` with a distribution's metadata."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from hub import i18n

PLUGIN = """
import hub
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from pydantic import BeforeValidator, Field, SecretStr, field_validator

class Password(hub.Settings):
    kind: Literal["password"]
    user: str
    password: SecretStr

class Token(hub.Settings):
    kind: Literal["token"]
    token: SecretStr
    file: Path | None = None

class Mailbox(hub.Settings):
    address: str = Field(description="Whose mailbox it is.")
    password: SecretStr | None = None
    folders: list[str] = []

class Settings(hub.Settings):
    host: str
    port: int = Field(993, ge=1, le=65535)
    tls: bool = True
    mode: Literal["fast", "careful"] = "fast"
    password: SecretStr | None = None
    auth: Annotated[Password | Token, Field(discriminator="kind")] | None = None
    mailboxes: list[Mailbox] = []
    path: Path | None = None
    paths: tuple[Path, ...] = ()
    folders: Annotated[tuple[Path, ...], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)] = ()
    since: date | None = None
    weights: dict[str, float] = {}
    only: str | list[str] = "all"

    @field_validator("host")
    @classmethod
    def _is_no_address(cls, host):
        if "@" in host:
            raise ValueError(f"{host} is an address, not a host")
        return host

class Fragile(hub.Settings):
    host: str = ""

    @field_validator("host")
    @classmethod
    def _falls(cls, host):
        raise KeyError(host)

def connector(name, settings):
    return hub.Connector(name=name, title=name, settings=settings, open=lambda s, t: None, map=lambda b, s, h: ())

@hub.hookimpl
def register_connectors():
    return [connector("acme.mail", Settings), connector("acme.fragile", Fragile)]
"""
ENTRY_POINTS = """
[hub]
acme.mail = acme_plugin
acme.fragile = acme_plugin
acme.broken = acme_broken
"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The folder where the plugin is installed, for PYTHONPATH."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "acme_plugin.py").write_text(PLUGIN)
    (folder / "acme_broken.py").write_text("import a_library_that_is_not_there\n")
    meta = folder / "acme-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def written(acme, tmp_path, monkeypatch):
    """Writes files below a new home, which is the working directory, and returns the path of hub.toml."""
    monkeypatch.chdir(tmp_path)

    def write(**files: str) -> Path:
        for name, text in files.items():
            folder, _, stem = name.rpartition("__")
            path = tmp_path / "config" / folder.replace("conf_d", "conf.d") / f"{stem}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return Path("config/hub.toml")

    return write


@pytest.fixture(autouse=True)
def english():
    with i18n.using("en"):
        yield
