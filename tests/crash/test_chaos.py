"""A sample of bad weather on the line; the whole campaign is run by command (`chaos.py`)."""

import os
import random

import pytest

from tests.crash import chaos
from tests.servers import dovecot
from tests.servers.chaos import KINDS, Fault
from tests.servers.required import need

SEED = int(os.environ.get("HUB_SEED", "20261122"))
pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    need("dovecot", is_there=dovecot.is_installed(), how="apt-get install dovecot-imapd")
    with chaos.outside(tmp_path_factory.mktemp("weather")) as found:
        yield {one.name: one for one in found}


@pytest.mark.parametrize("name", ["mail", "calendar"])
def test_whatever_a_line_does_to_a_connection_nothing_is_lost_and_nothing_doubled(found, name):
    one, chance = found[name], random.Random(SEED)
    faults = [Fault(kind, chance.randint(1, 300)) for kind in KINDS]
    before = one.line.struck
    assert chaos.endure(one, 0, faults) == []
    assert one.line.struck > before
