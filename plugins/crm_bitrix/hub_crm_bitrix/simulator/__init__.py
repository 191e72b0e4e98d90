"""The side of Bitrix24: a portal on loopback that speaks its REST.

    python -m hub_crm_bitrix.simulator --port 8024 --size 1000

Each module names the vendor's pages that it copies; what no page says is in `hub_crm_bitrix.assumptions`, with a question that shows
it. Tests use `Portal` and `running`, and change the portal while it runs.
"""

from hub.simulators.clock import Clock
from hub.simulators.faults import Fault
from hub_crm_bitrix.simulator.effects import Effect
from hub_crm_bitrix.simulator.events import Outgoing
from hub_crm_bitrix.simulator.limits import Limits
from hub_crm_bitrix.simulator.oauth import Application, OAuth
from hub_crm_bitrix.simulator.portal import Portal, Webhook
from hub_crm_bitrix.simulator.server import Served, running
from hub_crm_bitrix.simulator.world import World

__all__ = [
    "Application",
    "Clock",
    "Effect",
    "Fault",
    "Limits",
    "OAuth",
    "Outgoing",
    "Portal",
    "Served",
    "Webhook",
    "World",
    "running",
]
