"""The process: `python -m hub.web --config FILE`. SIGHUP takes a configuration that is right into force.

The daemon hands it the one that is in force on standard input (`--handed`): the file may have mistakes by now.
"""

import argparse
import asyncio
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import uvicorn

from hub import settings
from hub.engine.clock import Clock
from hub.errors import HubError, Misconfigured
from hub.i18n import sentence, told, use
from hub.log import Log
from hub.settings import Config
from hub.settings.handing import taken
from hub.web.app import app
from hub.web.served import Served

_LONGEST_HEAD: Final = 16_384
_CALLERS: Final = 256
_log = Log(logging.getLogger("hub.web"), {"action": "web"})


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m hub.web")
    words.add_argument("--config", type=Path, default=Path("config/hub.toml"))
    words.add_argument("--handed", action="store_true", help="read what is in force from standard input")
    given = words.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        served = Served.of(in_force(given.config, was_handed=given.handed), Clock())
        use(served.config.company.language)
        with bound(served.config) as listening:
            asyncio.run(serve(served, listening))
    except HubError as error:
        print(f"{told(str(error))}\n{told(error.fix)}".strip(), file=sys.stderr)  # noqa: T201 - a command's last word
        return 2 if isinstance(error, Misconfigured) else 1
    return 0


def in_force(path: Path, *, was_handed: bool) -> Config:
    """The configuration that the daemon works with; that of the files where we are on our own. Raises `InvalidConfiguration`."""
    if was_handed:
        if found := taken(sys.stdin.buffer):
            return found
        _log.warning("the configuration in force could not be handed over: the files are read")
    return settings.load(path)


def bound(config: Config) -> socket.socket:
    """The socket that the configuration names. Raises `Misconfigured`."""
    web = config.web
    if not web.host:
        text = sentence("the configuration names no address to answer at")
        raise Misconfigured(text, setting="web.listen", fix=sentence('set `listen = "127.0.0.1:8480"` in [web]'))
    try:
        family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
        return socket.create_server((web.host, web.port), family=family, backlog=_CALLERS)
    except OSError as error:
        text = sentence("nobody can answer at {host}:{port}: {problem}")
        raise Misconfigured(
            text.format(host=web.host, port=web.port, problem=error.strerror or error),
            setting="web.listen",
            fix=sentence("set another port in `listen` of [web], or stop what answers there"),
        ) from error


def server(served: Served) -> uvicorn.Server:
    """What answers: nothing of a request is logged, since secrets stand in addresses."""
    config = uvicorn.Config(
        app(served),
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=_CALLERS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )
    logging.getLogger("uvicorn.access").disabled = True  # `access_log` is on again once anybody hangs a handler on it
    return uvicorn.Server(config)


async def serve(served: Served, listening: socket.socket) -> None:
    """Answer until SIGTERM or SIGINT."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload, served)
    await server(served).serve(sockets=[listening])


def reload(served: Served) -> None:
    """Take the configuration as it is now, if it is right. Where we answer stays: the daemon starts us anew for that."""
    try:
        served.reload()
    except HubError as error:
        _log.warning("the configuration stays as it was: %s", error)


if __name__ == "__main__":
    sys.exit(main())
