"""From the keys of a connection to the network that its connector gets."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.settings import check
from hub.settings.inventory import settings_in_force

COMPANY = '[company]\nname = "ООО «Мы»"\ndomains = ["my.example"]\ntimezone = "Europe/Moscow"\n'


@pytest.fixture
def checked(tmp_path):
    """The configuration with these keys in a connection, and all that is wrong with it."""
    (tmp_path / "mail").mkdir()

    def make(keys):
        path = tmp_path / "hub.toml"
        path.write_text(f'{COMPANY}[connections.anna]\nconnector = "email.files"\npath = "mail"\n{keys}\n')
        return check(path, {"PROXY_PASSWORD": "pw-canary"})

    return make


def test_proxy_and_ca_file_stand_in_the_connection(checked, tmp_path):
    (tmp_path / "ca.pem").touch()
    found = checked(
        'proxy = "http://hub@proxy.my.example:3128"\nproxy_password = "${env:PROXY_PASSWORD}"\nca_file = "ca.pem"'
    )
    assert found.mistakes == ()
    way = found.config.connections[0].way
    assert (way.proxy, way.proxy_password, way.ca_file) == (
        "http://hub@proxy.my.example:3128", "pw-canary", tmp_path / "ca.pem",
    )  # fmt: skip
    assert "canary" not in repr(found.config)
    assert "canary" not in repr(list(settings_in_force(found)))


@pytest.mark.parametrize(
    ("keys", "code", "column"),
    [
        ('proxy = "socks5://p:1080"', "HUB109", 9),
        ('proxy = "http://hub:secret-canary@p:3128"', "HUB109", 9),
        ("proxy = 3128", "HUB106", 9),
        ('ca_file = ""', "HUB109", 11),
        ('ca_file = "nowhere.pem"', "HUB125", 11),
        ('proxy_password = "secret-canary"', "HUB103", 18),
        ("prox = 1", "HUB104", 1),
    ],
)
def test_a_mistake_in_them_is_told_where_it_stands(checked, keys, code, column):
    [mistake] = checked(keys).mistakes
    assert (mistake.code, mistake.place.line, mistake.place.column) == (code, 8, column), mistake
    assert mistake.fix or mistake.meant
    assert "canary" not in mistake.message + mistake.fix


@pytest.mark.parametrize("proxy", ["none", "http://p", "p:3128", "http://hub@p:1/"])
def test_what_a_proxy_may_look_like(checked, proxy):
    assert checked(f'proxy = "{proxy}"').mistakes == ()


@pytest.mark.parametrize("command", [["--help"], ["sync"]], ids=" ".join)
def test_nothing_of_http_is_imported_where_no_connector_needs_it(checked, tmp_path, command):
    checked("")
    code = f"import sys; sys.argv[1:] = {command}\nfrom hub.cli.main import run\ntry: run()\nexcept SystemExit: pass\n"
    code += "print([name for name in ('httpx', 'httpcore', 'tenacity', 'lxml') if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=True,
        env={"HUB_CONFIG": str(tmp_path / "hub.toml"), "PATH": str(Path(sys.executable).parent)},
    )  # fmt: skip
    assert run.stdout.splitlines()[-1] == "[]", run.stdout
