"""Real servers that tests are run against: without one a test is skipped and says so, unless it is required.

HUB_TEST_REQUIRE=dovecot,pymap ./run test       a missing server is a failure
"""

import os

import pytest


def need(name: str, *, is_there: bool, how: str) -> None:
    """Skip the test without this server, or fail where `HUB_TEST_REQUIRE` names it. `how` says how it is installed."""
    if is_there:
        return
    required = {word.strip() for word in os.environ.get("HUB_TEST_REQUIRE", "").split(",")}
    if name in required:
        pytest.fail(f"there is no {name} here, and HUB_TEST_REQUIRE names it: {how}", pytrace=False)
    pytest.skip(f"there is no {name} here: {how}")
