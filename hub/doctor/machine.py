"""The machine: Python, plugins, the disk, files and who may read them."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hub import secrets
from hub.doctor.finding import Finding, Level
from hub.errors import HubError
from hub.i18n import _, ngettext, told
from hub.plugins import Plugins
from hub.settings import Checked, Config

OLDEST: Final = (3, 11)
LITTLE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes of a disk that are free."""


def software(plugins: Plugins) -> Iterator[Finding]:
    text = _("hub {hub}, Python {python} on {system}")
    says = text.format(hub=version("interaction-hub"), python=platform.python_version(), system=platform.platform())
    if sys.version_info < OLDEST:
        yield Finding(check="python", level="failed", says=says, fix=_("install Python 3.11 or newer"))
    else:
        yield Finding(check="python", level="ok", says=says)
    for name, broken in sorted(plugins.broken.items()):
        yield Finding(check="plugin", of=name, level="failed", says=told(broken.reason), fix=told(broken.fix))


def configuration(checked: Checked) -> Iterator[Finding]:
    errors, warnings = len(checked.errors), len(checked.warnings)
    fix = _("hub config check names them, with the fix for each")
    if errors:
        says = ngettext("{n} mistake", "{n} mistakes", errors).format(n=errors)
        yield Finding(check="config", level="failed", says=says, fix=fix)
    elif warnings:
        says = ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings)
        yield Finding(check="config", level="warning", says=says, fix=fix)
    else:
        yield Finding(check="config", level="ok", says=_("no mistakes"))


def disk(config: Config) -> Iterator[Finding]:
    folder = next(one for one in (config.store_path.parent, *config.store_path.parents) if os.access(one, os.F_OK))
    free = shutil.disk_usage(folder).free
    says = _("{size} free at {folder}").format(size=size(free), folder=folder)
    level: Level = "failed" if free < TOO_LITTLE else "warning" if free < LITTLE else "ok"
    fix = _("free some space, or move the database to a larger disk") if level != "ok" else ""
    yield Finding(check="disk", level=level, says=says, fix=fix)


def size(count: int) -> str:
    """Bytes for people."""
    if count >= 1e9:
        return _("{n} GB").format(n=round(count / 1e9, 1))
    return _("{n} MB").format(n=round(count / 1e6, 1))


def notices(config: Config) -> Iterator[Finding]:
    """Whether messages to the admin can be sent at all."""
    if config.notices_url and find_spec("apprise") is None:
        says = _("apprise is not installed, which sends messages")
        yield Finding(check="notices", level="failed", says=says, fix=_("install interaction-hub[notices]"))


# --- files -----------------------------------------------------------------------------------------------------------


def files(config: Config) -> Iterator[Finding]:
    """Who may read what only the hub should."""
    beside = [Path(f"{config.store_path}{end}") for end in ("", "-wal", "-shm")]
    private = [*([] if config.server else beside), config.home / secrets.FILE, config.home / secrets.KEY_FILE]
    opened = [path for path in private if os.access(path, os.F_OK) and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in opened:
        says = _("others than its owner may read or write {file}").format(file=path)
        yield Finding(check="files", level="failed", says=says, fix=f"chmod 600 '{path}'")
    written = [config.home, *([] if config.server else [config.store_path.parent, *beside])]
    if forbidden := next((one for one in written if os.access(one, os.F_OK) and not os.access(one, os.W_OK)), None):
        says = _("{user} may not write into {folder}").format(user=f"uid {os.getuid()}", folder=forbidden)
        yield Finding(check="files", level="warning", says=says, fix=_("call it as the user that the hub runs as"))
    elif not opened:
        yield Finding(check="files", level="ok", says=_("only their owner may read database and secrets"))


def key(config: Config) -> Iterator[Finding]:
    """Whether the secrets open."""
    vault = secrets.Vault(config.home, os.environ)
    try:
        names = vault.names()
        if not names:
            yield Finding(check="secrets", level="ok", says=_("there are none"))
            return
        keys = vault.keys()
    except HubError as error:
        yield Finding(check="secrets", level="failed", says=told(str(error)), fix=told(error.fix))
        return
    older = [one for one in names if one.key != keys.keys[0].name]
    lost = [one for one in older if one.key not in {key.name for key in keys.keys}]
    n = len(lost or older or names)
    if lost:
        says = ngettext("{n} secret was sealed with a key that is not here", "{n} secrets were sealed with keys that are not here", n)  # fmt: skip
        yield Finding(check="secrets", level="failed", says=says.format(n=n), fix=_("put that key back, or set them anew"))  # fmt: skip
    elif older:
        says = ngettext("{n} secret is sealed with an older key", "{n} secrets are sealed with an older key", n)
        yield Finding(check="secrets", level="warning", says=says.format(n=n), fix="hub secret rotate")
    else:
        says = ngettext("{n} secret, and the key that opens it", "{n} secrets, and the key that opens them", n)
        yield Finding(check="secrets", level="ok", says=says.format(n=n))
