"""The sample files, kept in a file and on a server: the same history, byte for byte, and the same words about it."""

import shutil

from hub.cli.demo import SAMPLES

ASKED = (("dump", "--canonical"), ("search", "дог*", "--json"))


def test_a_file_and_a_server_hold_the_same_history(hub, tmp_path, postgresql, monkeypatch):
    place = postgresql.fresh()
    monkeypatch.setenv("TEST_DATABASE", place.url)
    said = {}
    shutil.copytree(SAMPLES, tmp_path / "demo")
    config = tmp_path / "demo" / "hub.toml"
    written = config.read_text(encoding="utf-8")
    for kind, store in (("server", 'url = "${env:TEST_DATABASE}"'), ("file", 'path = "data/hub.db"')):
        config.write_text(written.replace('path = "data/hub.db"', store), encoding="utf-8")
        assert hub("sync", config=config).returncode == 0
        said[kind] = [hub(*words, config=config) for words in ASKED]
        assert (tmp_path / "demo" / "data" / "hub.db").exists() == (kind == "file")
    for words, server, file in zip(ASKED, *said.values(), strict=True):
        assert (server.returncode, server.stdout) == (0, file.stdout), (words, server.stderr)
        assert file.stdout.strip()
    postgresql.drop(place)
