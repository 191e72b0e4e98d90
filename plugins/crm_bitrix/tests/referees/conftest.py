"""Portals that referees read and write."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hub_crm_bitrix.simulator import Portal, Served, World, running

from hub.simulators.certificates import context


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Served]]:
    """Serve a portal without limits, unless told."""
    with ExitStack() as stack:

        def served(tls=None, **parts) -> Served:
            portal = Portal(**{"world": World(size=700), "limits": None} | parts)
            return stack.enter_context(running(portal, tls=tls))

        yield served


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A context of TLS, and the file that is to be trusted."""
    return context(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def played() -> Callable[..., dict[str, Any]]:
    """What a player (a program beside this file) made of each step: `{"result": …}` or `{"raised": …, "said": …}`."""

    def play(
        program: Path | str, player: str, steps: Mapping[str, Sequence[Any]], **environment: str
    ) -> dict[str, Any]:
        done = subprocess.run(
            [program, Path(__file__).with_name(player)], input=json.dumps(steps), capture_output=True, text=True,
            timeout=100, check=False,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONWARNINGS": "ignore", **environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return play
