"""One database for the tests of a module, of each kind."""

from collections.abc import Callable, Iterator

import pytest
from alembic import command
from alembic.config import Config

from hub.store import schema
from hub.store.database import Store
from tests.conftest import KINDS, place_of


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with place_of(request, request.param, tmp_path_factory.mktemp("store")) as place:
        opened = Store.open(place)
        yield opened
        opened.close()


@pytest.fixture
def taken_back() -> Callable[[Store, str], None]:
    """Take a database back to an earlier version of the schema."""

    def downgrade(store: Store, to: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(schema._MIGRATIONS))
        with store.engine.connect() as connection:
            connection.execution_options(hub_begin=store.place.write)
            config.attributes["connection"] = connection
            with connection.begin():
                command.downgrade(config, to)

    return downgrade
