"""The methods of the portal by name, in small letters."""

from collections.abc import Callable

from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.methods import items, legacy, lists, system

METHODS: dict[str, Callable[[Call], Answer]] = {
    **items.METHODS, **legacy.METHODS, **lists.METHODS, **system.METHODS,
}  # fmt: skip
