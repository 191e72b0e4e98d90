"""A simulator says how it is reached in words that can be pasted into a configuration."""

import subprocess
import sys
import tomllib

import pytest

from hub import plugins


@pytest.mark.parametrize(
    ("module", "connector", "keys"),
    [
        ("hub_crm_amo", "crm.amocrm", {"account", "token"}),
        ("hub_crm_bitrix", "crm.bitrix24", {"webhook"}),
    ],
)
def test_what_a_simulator_prints_is_a_connection_of_its_connector(module, connector, keys):
    command = [sys.executable, "-m", f"{module}.simulator", "--port", "0", "--size", "10", "--tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(3 + len(keys))]
        process.terminate()
        [table] = tomllib.loads("".join([*lines, process.stdout.read()]))["connections"].values()
    assert table.pop("connector") == connector
    assert table.pop("ca_file").endswith(".pem")
    assert table.keys() == keys
    plugins.load([connector]).connectors[connector].settings(**table)
