"""What the web server knows: the configuration in force with its plugins, and where the database is.

The database is opened for each use: it may be restored from a backup, moved or upgraded while this process lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub import plugins, settings
from hub.engine.clock import Clock
from hub.errors import StoreUnusable
from hub.i18n import sentence, using
from hub.plugins import Plugins
from hub.settings import Config
from hub.store.database import Store
from hub.store.schema import HEAD


@dataclass(slots=True)
class Served:
    """`reload` takes a configuration that is right into force, and no other."""

    config: Config
    plugins: Plugins
    now: Clock

    @classmethod
    def of(cls, config: Config, now: Clock) -> "Served":
        return cls(config, _plugins(config), now)

    def reload(self) -> None:
        """Read the configuration again. Raises `InvalidConfiguration`; then the one before stays in force."""
        config = settings.load(self.config.path)
        self.config, self.plugins = config, _plugins(config)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, at this program's version. Raises `StoreUnusable`."""
        store = Store.as_it_is(self.config.database)
        try:
            if (found := store.version()) != HEAD:
                text = sentence("the database is at schema {found}, and this program needs {known}")
                raise StoreUnusable(
                    text.format(found=found or "-", known=HEAD), fix=sentence("hub sync or hub serve upgrades it")
                )
            yield store
        finally:
            store.close()


def _plugins(config: Config) -> Plugins:
    """The connectors that are called by hooks."""
    with using("en"):
        return plugins.load(one.connector for one in config.connections if one.hook_secret)
