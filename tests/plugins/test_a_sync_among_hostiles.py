"""One sync of sixty hostile connections and a good one: the good one is not touched by any of the others."""

from datetime import UTC, datetime

import pytest

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import rebuild
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.settings import Company, Config, Connection, Limits
from hub.store import derived
from hub.testing import Memory, hostile, memory

HOSTILE = sorted(hostile.CONNECTORS)
UNBOUNDED = {"sleeps"}  # a pull in this process has no budget of time
LIMITS = Limits(memory=512 << 20, silence=5.0)
OURS = Ours(domains=frozenset({"my.example"}), employees=(Employee(name="Анна", emails=("anna@my.example",)),))
MAIL = hub.Email(
    at=hostile.AT,
    message_id="1@romashka.example",
    subject="Счёт",
    participants=(
        hub.Participant("from", hub.Identifier("email", "ivan@romashka.example")),
        hub.Participant("to", hub.Identifier("email", "anna@my.example")),
    ),
)


def connection(name, connector, settings):
    return Connection(name=name, id=name, connector=connector, settings=settings, policy=Policy(store="all"))


@pytest.fixture(params=["here", "apart"])
def limits(request):
    return LIMITS if request.param == "apart" else None


@pytest.fixture
def among_hostiles(tmp_path, limits):
    wanted = [name for name in HOSTILE if limits or name not in UNBOUNDED]
    source = Memory("good")
    source.add("mail", "1", MAIL)
    bad = [connection(f"bad-{name}", f"hostile.{name}", hostile.Settings()) for name in wanted]
    good = connection("good", "memory", memory.Settings(name="good"))
    config = Config(
        path=tmp_path / "hub.toml",
        home=tmp_path,
        company=Company(name="ООО «Мы»", timezone="Europe/Moscow", language="ru", ours=OURS),
        store_path=tmp_path / "hub.db",
        connections=(*bad[::2], good, *bad[1::2]),
    )
    names = ["memory", *(f"hostile.{name}" for name in wanted)]
    offers = [
        plugins.Installed(name=name, distribution="d", version="1", module="hub.testing.hostile") for name in names[1:]
    ]
    loaded = plugins.load(names, found=[*plugins.installed(), *offers])
    with source.serving(), opening.opened(config, loaded, Clock(fixed=datetime(2026, 11, 20, tzinfo=UTC))) as opened:
        yield opened


def dump(opened):
    with opened.store.read() as tx:
        return list(derived.dump(tx))


def test_a_good_connection_is_pulled_among_hostile_ones(among_hostiles, limits):
    reports = syncing.sync(among_hostiles, syncing.Wish(limits=limits))
    assert {report.connection for report in reports} == {one.name for one in among_hostiles.config.connections}
    assert [report.state for report in reports if report.connection == "good"] == ["ok"]
    for report in reports:
        assert report.state in ("ok", "failed"), report
        assert report.counts.adds_up, report
        assert (report.state == "failed") == (report.error is not None), report
        assert report.error is None or report.error.fix, report
    first = dump(among_hostiles)
    assert any(b"1@romashka.example" in row for row in first)
    syncing.sync(among_hostiles, syncing.Wish(limits=limits))
    assert dump(among_hostiles) == first
    rebuild.rebuild(among_hostiles)
    assert dump(among_hostiles) == first
