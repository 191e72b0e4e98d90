"""The methods of the portal by name, in small letters."""

from collections.abc import Callable
from functools import partial

from hub_crm_bitrix.simulator import files
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.methods import (
    aside,
    banks,
    currencies,
    dealcategories,
    duplicates,
    events,
    items,
    legacy,
    links,
    lists,
    people,
    products,
    requisites,
    system,
    tasks,
    timeline,
    words,
)

METHODS: dict[str, Callable[[Call], Answer]] = {
    **items.METHODS, **legacy.METHODS, **lists.METHODS, **system.METHODS, **timeline.METHODS, **duplicates.METHODS,
    **events.METHODS, **aside.METHODS, **requisites.METHODS,
    **files.METHODS, **links.METHODS, **products.METHODS, **words.METHODS, **people.METHODS,
    **dealcategories.METHODS, **currencies.METHODS, **banks.METHODS, **tasks.METHODS,
}  # fmt: skip
METHODS |= {"methods": partial(system.methods, METHODS), "method.get": partial(system.method_get, METHODS)}
