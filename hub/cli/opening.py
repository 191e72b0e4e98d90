"""The hub, opened for a command; who is at the keyboard."""

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.cli.command import started
from hub.cli.invocation import Invocation
from hub.cli.output import aside
from hub.i18n import _

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.plugins import Plugins
    from hub.settings import Config


@contextmanager
def working(called: Invocation, *, create: bool = False, pulling: Sequence[str] | None = None) -> "Iterator[Hub]":
    """The hub with its plugins, for commands that change something: what an earlier one left half done is finished
    first. `create`: also the database. `pulling` connections of these names (none: all): one of them is opened meanwhile.
    """
    from hub import settings

    config = settings.load(called.config)
    with aside(), telling(config), _opened(config, create=create, pulling=pulling) as hub:
        _tell_upgrade(called, hub)
        if not hub.settled():
            called.output.note(_("Finishing what an earlier command could not: some lines are put in their places."))
            hub.settle()
        started()
        yield hub


@contextmanager
def _opened(config: "Config", *, create: bool, pulling: Sequence[str] | None) -> "Iterator[Hub]":
    plugins = loaded(config)
    if pulling is None:
        from hub.engine.hub import opened

        with opened(config, plugins, create=create) as hub:
            yield hub
        return
    from hub.engine import ahead

    with ahead.opening(config, plugins, pulling) as begun:
        from hub.engine.hub import opened  # what the other process need not wait for

        with opened(config, plugins, create=create) as hub:
            hub.ahead = begun
            yield hub


@contextmanager
def looking(called: Invocation) -> "Iterator[Hub]":
    """The hub without plugins, for commands that only look at what is stored; it says so when that is not all in place."""
    from hub import plugins, settings
    from hub.engine.hub import opened

    config = settings.load(called.config)
    with opened(config, plugins.load(()), create=False) as hub:
        _tell_upgrade(called, hub)
        hub.settle_at_hand()
        if hub.rearranging:
            text = _("the histories are being rearranged: some lines are not in their places yet")
            called.output.warn(text, fix=_("look again in a while; hub sync finishes it, if nothing else does"))
            called.output.besides["rearranging"] = True
        started()
        yield hub


def _tell_upgrade(called: Invocation, hub: "Hub") -> None:
    """Say that the database is another one now, and where it is as it was."""
    for path in hub.kept:
        text = _("The database has been upgraded for this version of the hub. As it was before, it is kept in {path}.")
        called.output.note(text.format(path=path))


@contextmanager
def telling(config: "Config") -> Iterator[None]:
    """Tell errors that leave a command by the catalogs of its plugins: whoever catches them knows no configuration."""
    from hub.errors import HubError

    try:
        yield
    except HubError as error:
        names = [one.name for one in config.connections]
        error.args = (config.told(str(error), *names),)
        error.fix = config.told(error.fix, *names)
        raise


def loaded(config: "Config") -> "Plugins":
    """Those that work here. What is wrong with them is said in English, since a run may keep it."""
    from hub import plugins
    from hub.i18n import using

    offers = config.installed
    with using("en"):
        return plugins.load(plugins.needed((one.connector for one in config.connections), offers), found=offers)


def author() -> str:
    """Who decides: the user of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in the system's list, as in many containers
        return f"uid {os.getuid()}"


def connection_name(config: "Config", identity: str) -> str:
    """What people call the connection of this permanent id; the id itself where it is configured no longer."""
    names = {one.id: one.name for one in config.connections} | {one.id: one.name for one in config.broken}
    return names.get(identity, identity)
