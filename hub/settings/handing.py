"""A configuration in force is handed to a process of our own, which need not find the files as they were.

It goes through a file that has no name: nothing of it stands in arguments, in the environment or on a disk. Who is one of
us stays behind, and settings of connections that nobody rings, with the passwords in them.
"""

import os
import pickle
import sys
from contextlib import suppress
from dataclasses import replace
from tempfile import TemporaryFile
from typing import IO

from hub.connectors import Settings
from hub.core.clients import Ours
from hub.settings.config import Config, Connection, Way


def handed(config: Config) -> IO[bytes]:
    """A file to read it from. A configuration that cannot be handed over leaves the file empty: settings are a plugin's."""
    file: IO[bytes] = (
        os.fdopen(os.memfd_create("hub"), "w+b") if sys.platform == "linux" else TemporaryFile()  # noqa: SIM115 - given away
    )
    with suppress(Exception):
        file.write(pickle.dumps(_needed(config)))
    file.seek(0)
    return file


def taken(file: IO[bytes]) -> Config | None:
    """The configuration that was handed over, None where that could not be done."""
    try:
        found = pickle.load(file)  # noqa: S301 - from the process that started us
    except Exception:  # noqa: BLE001 - what a plugin's module raises that is not as it was
        return None
    return found if isinstance(found, Config) else None


def _needed(config: Config) -> Config:
    company = replace(config.company, ours=Ours())
    return replace(config, company=company, connections=tuple(map(_rung, config.connections)), notices_url="")


def _rung(connection: Connection) -> Connection:
    return replace(connection, settings=connection.settings if connection.hook_secret else Settings(), way=Way())
