"""One database for the tests of a module, of each kind."""

from collections.abc import Iterator

import pytest

from hub.store.database import Store
from tests.conftest import KINDS, place_of


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with place_of(request, request.param, tmp_path_factory.mktemp("store")) as place:
        opened = Store.open(place)
        yield opened
        opened.close()
