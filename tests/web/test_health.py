"""Whether it lives, and whether the hub can do its work."""

import time

from hub.store import running
from hub.store.running import Beat


def beat(site, age_ms):
    now = int(time.time() * 1000)
    with site.store() as store, store.write() as tx:
        running.beat(tx, Beat("here", 1, now - 10**6, now - age_ms, now))


def test_it_lives_whatever_the_rest_does(site):
    site.config.store_path.unlink()
    assert site.ask("GET", "/healthz").status == 200


def test_it_is_ready_while_the_daemon_goes_round(site):
    beat(site, 1_000)
    answer = site.ask("GET", "/readyz")
    assert (answer.status, answer.json) == (200, {"ready": True, "database": "ok", "daemon": "ok"})


def test_it_is_not_ready_without_a_daemon_or_with_a_silent_one(site):
    answer = site.ask("GET", "/readyz")
    assert (answer.status, answer.json["daemon"]) == (503, "absent")
    beat(site, running.SILENT_MS + 1_000)
    answer = site.ask("GET", "/readyz")
    assert (answer.status, answer.json["daemon"]) == (503, "silent")


def test_it_is_not_ready_without_its_database(site):
    site.config.store_path.unlink()
    assert site.ask("GET", "/readyz").json == {"ready": False, "database": "unusable", "daemon": "unknown"}


def test_it_is_not_ready_over_a_database_of_another_version(site):
    with site.store() as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert site.ask("GET", "/readyz").json["database"] == "unusable"
    with site.store() as store:
        assert store.version() == "0001", "looking must not upgrade"
