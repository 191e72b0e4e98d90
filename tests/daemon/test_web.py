"""The web server is kept alive, and whatever happens to it is none of the daemon's own."""

import io
import sys
from dataclasses import replace
from itertools import pairwise

from hub import Identifier, Settings
from hub.core.clients import Ours
from hub.daemon.web import LONGEST_S, Web
from hub.settings import Connection
from hub.settings.config import Way
from hub.settings.handing import handed, taken
from hub.testing import Memory
from tests.engine.conftest import World


class Tick:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_web_server_that_cannot_be_started_is_tried_again_ever_more_seldom(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    tick, config = Tick(), World(tmp_path, Memory("memory")).config
    web = Web(tick)
    tried = []
    for _ in range(200):
        before = len(caplog.records)
        with caplog.at_level("INFO", "hub.daemon"):
            web.keep(config)
        tried += [tick.now] * (len(caplog.records) > before)
        tick.now += 1
    waits = [after - before for before, after in pairwise(tried)]
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]
    assert [one.levelname for one in caplog.records[:2]] == ["WARNING", "INFO"]
    web.close()


class Opened(Settings):
    path: str = "mail"


def test_what_is_handed_over_is_what_is_in_force_without_the_secrets_of_those_whom_nobody_rings(tmp_path):
    way = Way(proxy="http://proxy.example:3128", proxy_password="of-the-proxy")
    rung = Connection(
        name="crm", id="crm", connector="memory", settings=Opened(path="rung"), hook_secret="known-to-the-crm"
    )
    quiet = Connection(name="mail", id="mail", connector="memory", settings=Opened(path="quiet"), way=way)
    config = replace(World(tmp_path, Memory("memory")).config, connections=(rung, quiet))
    assert config.company.ours.owns(Identifier("domain", "my.example"))  # which is remembered
    with handed(config) as file:
        body = file.read()
    found = taken(io.BytesIO(body))
    assert found.company == replace(config.company, ours=Ours())
    assert found.database == config.database
    assert found.connections == (rung, replace(quiet, settings=Settings(), way=Way()))
    assert b"quiet" not in body
    assert b"of-the-proxy" not in body


def test_settings_that_cannot_be_handed_over_leave_the_files_to_be_read(tmp_path):
    class Here(Settings):
        """Of no module, so that nobody else can find it."""

    one = Connection(name="crm", id="crm", connector="memory", settings=Here(), hook_secret="known-to-the-crm")
    config = replace(World(tmp_path, Memory("memory")).config, connections=(one,))
    with handed(config) as file:
        assert taken(file) is None
