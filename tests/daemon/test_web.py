"""The web server is kept alive, and whatever happens to it is none of the daemon's own."""

import sys
from itertools import pairwise

from hub.daemon.web import LONGEST_S, Web


class Tick:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_web_server_that_cannot_be_started_is_tried_again_ever_more_seldom(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    tick = Tick()
    web = Web(tick)
    tried = []
    for _ in range(200):
        before = len(caplog.records)
        with caplog.at_level("INFO", "hub.daemon"):
            web.keep(tmp_path / "hub.toml", "ru")
        tried += [tick.now] * (len(caplog.records) > before)
        tick.now += 1
    waits = [after - before for before, after in pairwise(tried)]
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]
    assert [one.levelname for one in caplog.records[:2]] == ["WARNING", "INFO"]
    web.close()
