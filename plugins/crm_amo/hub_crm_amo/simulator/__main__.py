"""`python -m hub_crm_amo.simulator`: an account to try things on."""

import argparse
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from hub.simulators.certificates import context
from hub.simulators.serving import as_toml
from hub_crm_amo.simulator import Account, Limits, World, running


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    account = Account(
        world=World(seed=chosen.seed, size=chosen.size, ties=chosen.ties),
        limits=None if chosen.unlimited else Limits(per_second=chosen.per_second),
    )
    with ExitStack() as stack:
        tls, trusted = None, None
        if chosen.tls:
            tls, trusted = context(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        served = stack.enter_context(running(account, chosen.port, tls))
        own = account.tokens.integration
        settings = {"account": served.url, "token": served.token, "ca_file": str(trusted or "")}
        instead = {"client_id": own.id, "client_secret": own.secret}
        sys.stdout.write(as_toml("amo", "crm.amocrm", settings, instead))
        sys.stdout.write(f"# hub connect amo --redirect {own.redirect}\n")
        sys.stdout.flush()
        try:
            while True:
                threading.Event().wait(1)
                with account.lock:
                    now = account.clock.now()
                account.post.send(now)
        except KeyboardInterrupt:
            return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub_crm_amo.simulator", description="amoCRM on loopback.")
    parser.add_argument("--port", type=int, default=8044)
    parser.add_argument("--tls", action="store_true", help="with a certificate of its own, whose file is told")
    parser.add_argument("--size", type=int, default=1000, help="rows in all, 10 to 1000000")
    parser.add_argument("--seed", type=int, default=1, help="another number is another account")
    parser.add_argument("--ties", type=int, default=1, help="how many neighbours were changed in the same second")
    parser.add_argument("--per-second", type=int, default=7, help="requests a second from one address")
    parser.add_argument("--unlimited", action="store_true", help="no limits at all, for measuring")
    return parser


if __name__ == "__main__":
    sys.exit(main())
