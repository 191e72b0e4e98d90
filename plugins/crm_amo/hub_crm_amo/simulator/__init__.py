"""The side of amoCRM (Kommo): an account on loopback that speaks its API v4.

    python -m hub_crm_amo.simulator --port 8044 --size 1000

Each module names the vendor's pages that it copies; what no page says is in `hub_crm_amo.assumptions`. Tests use `Account` and
`running`, and change the account while it runs.
"""

from hub.simulators.clock import Clock
from hub.simulators.faults import Fault
from hub_crm_amo.simulator.account import Account
from hub_crm_amo.simulator.calls import Call, Effect
from hub_crm_amo.simulator.limits import Limits
from hub_crm_amo.simulator.server import Served, running
from hub_crm_amo.simulator.world import World

__all__ = ["Account", "Call", "Clock", "Effect", "Fault", "Limits", "Served", "World", "running"]
