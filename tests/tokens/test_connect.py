"""`hub connect` as a person uses it: a real process, a browser that follows addresses, and a system that lets in."""

import contextvars
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub import plugins
from hub.cli.main import run
from hub.engine.desk import Desk
from hub.engine.hub import Clock, opened
from hub.grants import Grant
from hub.settings import load
from hub.simulators.oauth import Provider, running
from hub.testing import hostile

HUB = Path(sys.executable).with_name("hub")
CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[connections.crm]
connector = "crm.sample"
url = "{url}"
client_secret = "${{env:CRM_SECRET}}"
"""


def get(url):
    """(status, headers, body) of an address, as a browser asks for it; redirects are answers."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    line.request("GET", f"{parts.path or '/'}?{parts.query}")
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, answer.headers, body


@dataclass
class Office:
    """A configuration with one connection, and the system that it reads. `run` calls `hub` in this process."""

    folder: Path
    provider: Provider
    run: object
    seen: list[str] = field(default_factory=list)

    @property
    def environ(self):
        return {
            "CRM_SECRET": self.provider.client_secret, "PYTHONPATH": str(self.folder), "HUB_LANG": "en", "LANGUAGE": "",
            "HUB_CONFIG": str(self.folder / "hub.toml"), "NO_COLOR": "1",
        }  # fmt: skip

    def start(self, *words):
        """`hub WORDS` as a process of its own."""
        environ = {**os.environ, **self.environ}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen([HUB, *words], env=environ, text=True, **pipes)

    def end(self, process, said=None):
        out, err = process.communicate(said, timeout=40)
        self.seen += [out, err]
        return process.returncode, out, err

    def begun(self, process):
        """The address to open, once it is shown."""
        timer = threading.Timer(30, process.kill)
        timer.start()
        line = process.stdout.readline().strip()
        timer.cancel()
        assert line.startswith(self.provider.url), line + process.stderr.read()
        self.seen.append(line)
        return line

    def sign_in(self, hours_ago=1):
        """Put a grant there, as if somebody had come through a browser; an hour ago, so that it may be refused."""
        config = load(self.folder / "hub.toml")
        then = Clock(fixed=datetime.now(UTC) - timedelta(hours=hours_ago))
        with opened(config, plugins.load(["crm.sample"]), then) as hub:
            Desk(hub, hub.connection("crm")).begin(Grant(*self.provider.given()))

    def connect(self):
        """Sign in as a person does who does everything right."""
        process = self.start("connect", "crm", "--listen", "127.0.0.1:0")
        _, headers, _ = get(self.begun(process))
        get(headers["Location"])
        return self.end(process)


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    def call(*words):
        code = contextvars.copy_context().run(run, list(words))
        said = capsys.readouterr()
        made.seen += [said.out, said.err]
        return code, said.out, said.err

    module = Path(__file__).with_name("crm.py").read_text()
    hostile.install(tmp_path, "crm.sample", module, module="sample_crm")
    monkeypatch.syspath_prepend(tmp_path)
    with running(Provider()) as provider:
        (tmp_path / "hub.toml").write_text(CONFIG.format(url=provider.url))
        made = Office(tmp_path, provider, call)
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        yield made
    sys.modules.pop("sample_crm", None)


def test_a_person_signs_in_and_the_connection_reads(office):
    code, out, err = office.connect()
    assert code == 0, err
    assert "crm is connected" in out
    assert office.provider.log == ["authorize ok", "authorization_code ok", "me ok"]
    assert office.run("sync")[0] == 0
    assert office.provider.log[3:] == ["me ok"]


def test_nothing_secret_is_printed_or_stored_as_it_is(office):
    office.connect()
    office.provider.expire()
    assert office.run("--debug", "sync")[0] == 3  # the newest token is refused: no loop
    office.sign_in()
    office.provider.expire()
    assert office.run("--debug", "sync")[0] == 0
    assert office.provider.log[-2:] == ["refresh_token ok", "me ok"]
    said = "\n".join(office.seen) + office.run("dump")[1]
    tokens = [*office.provider._refresh, *office.provider._codes, office.provider.client_secret]
    assert len(tokens) >= 3
    kept = b"".join(path.read_bytes() for path in office.folder.rglob("*") if path.is_file())
    assert [token for token in tokens if token in said or token.encode() in kept] == []


def test_the_address_that_the_browser_ended_at_may_be_pasted(office):
    process = office.start("connect", "crm", "--paste", "--redirect", "http://127.0.0.1:7/")
    _, headers, _ = get(office.begun(process))
    code, out, err = office.end(process, f"\n{headers['Location']}\n")
    assert (code, "crm is connected" in out) == (0, True), err
    assert "30 seconds only" in err


def test_a_browser_on_another_machine_comes_back_to_the_web_server(office):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    office.provider.redirects.append("http://127.0.0.1/connect/callback")
    with (office.folder / "hub.toml").open("a") as file:
        file.write(f'[web]\nlisten = "{address}"\nurl = "http://{address}"\n')
    environ = {**os.environ, **office.environ}
    words = [sys.executable, "-m", "hub.web", "--config", office.folder / "hub.toml"]
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as web:
        try:
            process = office.start("connect", "crm", "--redirect", f"http://{address}/connect/callback")
            _, headers, _ = get(office.begun(process))
            came = until_there(headers["Location"])
            assert (came[0], "Done." in came[2] or "Готово" in came[2]) == (200, True)
            code, out, err = office.end(process)
        finally:
            web.kill()
        assert (code, "crm is connected" in out) == (0, True), err
        assert office.provider._codes.keys().isdisjoint(web.stderr.read().split())


def until_there(url):
    """What an address answers, once somebody answers there."""
    for _ in range(300):
        try:
            return get(url)
        except ConnectionRefusedError:
            time.sleep(0.1)
    return pytest.fail("nobody answers")


def test_a_person_who_says_no_is_told_what_the_system_said(office):
    office.provider.denies = True
    process = office.start("connect", "crm", "--listen", "127.0.0.1:0")
    _, headers, _ = get(office.begun(process))
    _, _, body = get(headers["Location"])
    code, _, err = office.end(process)
    assert (code, "did not let us in: <b>Анна</b> не согласна" in err) == (3, True)
    assert "<b>" not in body


def test_a_code_that_came_too_late_is_told_with_what_to_do(office):
    office.provider.code_seconds = -1
    code, _, err = office.connect()
    assert (code, "invalid_grant" in err) == (3, True)


def test_a_connection_that_nobody_signed_in_for_says_so_everywhere(office):
    code, _, err = office.run("sync")
    assert (code, "hub connect crm" in err) == (3, True)
    code, out, err = office.run("status", "--json")
    assert any(one["kind"] == "sign_in" and "hub connect crm" in one["fix"] for one in json.loads(out)["needs"])
    code, out, _ = office.run("config", "check")
    assert (code, "HUB126" in out, "hub connect crm" in out) == (0, True, True)
    office.sign_in(hours_ago=0)
    assert "HUB126" not in office.run("config", "check")[1]
    assert "hub connect" not in office.run("status")[2]


def test_a_grant_that_was_taken_back_asks_for_a_person_once(office):
    office.sign_in()
    office.provider.withdraw()
    for _ in range(2):
        code, _, err = office.run("sync")
        assert (code, "hub connect crm" in err) == (3, True), err
    said = office.run("status")[2]
    assert ("hub connect crm" in said, "password" in said) == (True, False)
    assert office.provider.log.count("refresh_token invalid_grant") == 1
    office.sign_in(hours_ago=0)
    assert office.run("status")[2] == ""


def test_what_was_signed_in_for_opens_with_the_new_key(office):
    office.sign_in()
    before = (office.folder / "secrets.key").read_text()
    assert office.run("secret", "rotate")[0] == 0
    assert before not in (office.folder / "secrets.key").read_text()
    assert office.run("sync")[0] == 0
    (office.folder / "secrets.key").unlink()
    code, _, err = office.run("sync")
    assert (code, "hub connect crm" in err) == (1, True), err


def test_a_connection_with_nothing_to_sign_in_to_says_so(office):
    config = office.folder / "hub.toml"
    config.write_text(config.read_text() + 'webhook = "x"\n')
    code, _, err = office.run("connect", "crm")
    assert (code, "needs no sign-in" in err) == (2, True)


@pytest.mark.parametrize(("words", "told"), [(("--listen", "8400"), "HOST:PORT"), (("--listen", "192.0.2.1:8400"), "--listen")])  # fmt: skip
def test_an_address_where_nobody_can_listen_is_told(office, words, told):
    code, _, err = office.run("connect", "crm", *words)
    assert (code, told in err) == (2, True), err


def test_an_interrupted_sign_in_leaves_everything_as_it_was(office):
    process = office.start("connect", "crm", "--listen", "127.0.0.1:0")
    office.begun(process)
    process.send_signal(2)
    assert office.end(process)[0] == 130
    assert office.provider.log == []
    assert "nobody has signed in" in office.run("status")[2]
