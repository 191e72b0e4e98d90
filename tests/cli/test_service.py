"""The hub as a service: the unit and the container are looked at by those who know, where they are here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hub.cli.service import unit

ROOT = Path(__file__).parents[2]
SYSTEMD = shutil.which("systemd-analyze")


@pytest.fixture
def printed(tmp_path):
    """The unit, of a program that is there."""
    path = tmp_path / "hub.service"
    path.write_text(unit(Path(sys.executable).with_name("hub"), "hub"), "utf-8")
    return path


def analysed(*words):
    if SYSTEMD is None:
        pytest.skip("there is no systemd here")
    return subprocess.run([SYSTEMD, *words], capture_output=True, text=True, timeout=60, check=False)


def test_the_unit_is_as_closed_as_it_can_be(printed):
    done = analysed("security", "--offline=true", "--no-pager", str(printed))
    exposure = float(re.search(r"exposure level for hub.service: ([\d.]+)", done.stdout)[1])
    assert exposure <= 1.5


def test_systemd_understands_every_line_of_the_unit(printed):
    done = analysed("verify", str(printed))
    assert (done.returncode, [line for line in done.stderr.splitlines() if "hub.service" in line]) == (0, [])


def test_the_unit_has_what_the_daemon_and_the_secrets_need(printed):
    text = printed.read_text("utf-8")
    for line in (
        "Type=notify", "StateDirectory=hub", "LoadCredentialEncrypted=hub-key", "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'",
        "User=hub", "KillMode=mixed",
    ):  # fmt: skip
        assert line in text.splitlines()
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    assert re.search(r"^ExecStart=/\S+/hub --config /var/lib/hub/config/hub.toml serve$", text, re.MULTILINE)


def test_print_gives_the_unit_and_nothing_else(hub):
    said = hub("service", "install", "--print", "--user", "sync")
    assert said.code == 0
    assert said.out == unit(Path(sys.executable).with_name("hub"), "sync")
    assert "User=sync" in said.out


def test_without_print_it_says_the_steps_and_does_none(hub):
    said = hub("service", "install")
    assert said.code == 0
    for command in ("useradd --system", "systemd-creds encrypt --name=hub-key", "systemctl enable --now hub"):
        assert command in said.out
    assert "От имени root" in hub("--lang", "ru", "service", "install").out


@pytest.mark.parametrize("name", ["hub\nExecStartPre=/bin/evil", "Hub", "", "-hub", "a" * 40])
def test_a_name_that_is_no_users_gets_into_no_unit(hub, name):
    assert hub("service", "install", "--print", "--user", name).code == 2


def test_a_program_in_a_home_folder_is_warned_of(hub, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/" + "home/anna/.venv/bin/python")
    said = hub("service", "install", "--print")
    assert "services cannot see" in said.err


def test_the_container_runs_without_rights_and_says_how_it_is():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    [hub] = compose["services"].values()
    assert hub["read_only"] is True
    assert hub["cap_drop"] == ["ALL"]
    assert hub["security_opt"] == ["no-new-privileges:true"]
    assert hub["user"] == "10001:10001"
    assert all(port.startswith("127.0.0.1:") for port in hub["ports"]), "reachable from this machine only"
    made = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (.*)$", made, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in made
    assert "/readyz" in made
    assert re.search(r'^CMD \["serve"\]$', made, re.MULTILINE)
