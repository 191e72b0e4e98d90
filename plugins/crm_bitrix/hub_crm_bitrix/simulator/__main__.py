"""`python -m hub_crm_bitrix.simulator`: a portal to try things on."""

import argparse
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from hub.simulators.certificates import context
from hub.simulators.serving import as_toml
from hub_crm_bitrix.simulator import Limits, Portal, World, running


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    limits = None if chosen.unlimited else Limits(leak=chosen.leak, burst=chosen.burst)
    portal = Portal(world=World(seed=chosen.seed, size=chosen.size, ties=chosen.ties), limits=limits)
    with ExitStack() as stack:
        tls, trusted = None, None
        if chosen.tls:
            tls, trusted = context(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        served = stack.enter_context(running(portal, chosen.port, tls))
        settings = {"webhook": served.webhook, "ca_file": str(trusted or "")}
        sys.stdout.write(as_toml("bitrix", "crm.bitrix24", settings))
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub_crm_bitrix.simulator", description="Bitrix24 on loopback.")
    parser.add_argument("--port", type=int, default=8024)
    parser.add_argument("--tls", action="store_true", help="with a certificate of its own, whose file is told")
    parser.add_argument("--size", type=int, default=1000, help="CRM objects and activities in all, 10 to 1000000")
    parser.add_argument("--seed", type=int, default=1, help="another number is another portal")
    parser.add_argument("--ties", type=int, default=1, help="how many neighbours were changed in the same second")
    parser.add_argument("--leak", type=float, default=2, help="requests a second")
    parser.add_argument("--burst", type=float, default=50, help="requests at once")
    parser.add_argument("--unlimited", action="store_true", help="no limits at all, for measuring")
    return parser


if __name__ == "__main__":
    sys.exit(main())
