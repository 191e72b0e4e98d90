"""A server that is not there is a skip that says so, and a failure where it is required."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def required():
    spec = spec_from_file_location("hub_test_required", Path(__file__).with_name("required.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_server_that_is_not_there_is_skipped_and_named(required, monkeypatch):
    monkeypatch.delenv("HUB_TEST_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no nginx here: apt"):
        required.need("nginx", is_there=False, how="apt-get install nginx")


def test_a_server_that_is_required_fails(required, monkeypatch):
    monkeypatch.setenv("HUB_TEST_REQUIRE", "dovecot, nginx")
    with pytest.raises(pytest.fail.Exception, match="HUB_TEST_REQUIRE names it"):
        required.need("nginx", is_there=False, how="apt-get install nginx")
    with pytest.raises(pytest.skip.Exception):
        required.need("apache", is_there=False, how="apt-get install apache2")
    required.need("nginx", is_there=True, how="")
