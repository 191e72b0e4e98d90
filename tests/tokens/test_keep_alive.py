"""Refresh tokens that die of disuse are used ahead of that."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import plugins
from hub.daemon.care import keep_alive
from hub.engine.desk import Desk
from hub.engine.hub import Clock, opened
from hub.engine.steps import finished
from hub.grants import Grant
from hub.settings import load
from hub.simulators.oauth import Provider, running
from hub.testing import hostile

CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[connections.idle]
connector = "crm.sample"
url = "{url}"
client_secret = "{secret}"
[connections.off]
connector = "crm.sample"
enabled = false
url = "{url}"
client_secret = "{secret}"
[connections.new]
connector = "crm.sample"
url = "{url}/"
client_secret = "{secret}"
"""


@pytest.fixture
def provider():
    with running(Provider()) as found:
        yield found


@pytest.fixture
def at(tmp_path, monkeypatch, provider):
    """The hub so many days ago."""
    hostile.install(tmp_path, "crm.sample", Path(__file__).with_name("crm.py").read_text(), module="sample_crm")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hub.toml").write_text(CONFIG.format(url=provider.url, secret=provider.client_secret))
    config = load(tmp_path / "hub.toml")

    def make(days):
        return opened(config, plugins.load(["crm.sample"]), Clock(fixed=datetime.now(UTC) - timedelta(days=days)))

    yield make
    sys.modules.pop("sample_crm", None)


def given(hub, provider, *names):
    for name in names:
        Desk(hub, hub.connection(name)).begin(Grant(*provider.given()))


def test_what_would_die_of_disuse_is_used_and_nothing_else(at, provider):
    with at(days=50) as hub:
        given(hub, provider, "idle", "off")
    with at(days=40) as hub:
        given(hub, provider, "new")
    with at(days=0) as hub:
        finished(keep_alive(hub))
        finished(keep_alive(hub))
    assert provider.log == ["refresh_token ok", "me ok"]


def test_what_cannot_be_kept_alive_is_told_once(at, provider, caplog):
    with at(days=50) as hub:
        given(hub, provider, "idle")
    provider.withdraw()
    with at(days=0) as hub:
        finished(keep_alive(hub))
        finished(keep_alive(hub))
    told = [(one.action, one.connection, one.fix) for one in caplog.records if one.name == "hub.daemon"]
    assert told == [("connect", "idle", "sign in: `hub connect idle`")]
