"""Signing in to a connection and reading nothing: what `Source.check` does."""

from contextlib import closing

from hub.engine import connect, sync
from hub.engine.hub import opened
from hub.errors import HubError, StoreUnusable
from hub.i18n import sentence
from hub.plugins import Plugins
from hub.settings import Config, Connection
from hub.store.database import Store
from hub.store.schema import HEAD


def sign_in(config: Config, plugins: Plugins, connection: Connection) -> HubError | None:
    """Why it does not let us in; None where it does. A grant that has ended is renewed, as every sync would."""
    try:
        _see_that_nothing_is_upgraded(config)
        with opened(config, plugins, create=False) as hub:
            connect.check(hub, connection)
    except HubError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        return sync.defect(connection, error)
    return None


def _see_that_nothing_is_upgraded(config: Config) -> None:
    with closing(Store.as_it_is(config.database)) as store:
        if store.version() != HEAD:
            text = sentence("the database is of another version, and is left as it is")
            raise StoreUnusable(text, fix=sentence("hub sync or hub serve upgrades it"))
