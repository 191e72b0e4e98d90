"""A home with a configuration and an empty database."""

from pathlib import Path

from hub import plugins, settings
from hub.engine.hub import opened


def found(home: Path, toml: str) -> Path:
    """Write the configuration, and make the database that it names."""
    (home / "hub.toml").write_text(toml, "utf-8")
    with opened(settings.load(home / "hub.toml"), plugins.load(())):
        pass
    return home
