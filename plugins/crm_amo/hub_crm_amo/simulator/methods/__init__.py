"""What the account can be asked: a method and a path behind /api/v4, `*` for an id."""

from hub_crm_amo.simulator.calls import Method, Methods
from hub_crm_amo.simulator.methods import (
    adding,
    buying,
    catalogs,
    changing,
    few,
    fields,
    groups,
    incoming,
    links,
    pipelines,
    reading,
    talks,
)

METHODS: Methods = {
    **reading.METHODS,
    **adding.METHODS,
    **changing.METHODS,
    **links.METHODS,
    **few.METHODS,
    **buying.METHODS,
    **incoming.METHODS,
    **pipelines.METHODS,
    **fields.METHODS,
    **catalogs.METHODS,
    **groups.METHODS,
    **talks.METHODS,
}


def found(known: Methods, method: str, way: tuple[str, ...]) -> Method | None:
    for pattern in _patterns(way):
        if (method, pattern) in known:
            return known[method, pattern]
    return None


def is_known(known: Methods, way: tuple[str, ...]) -> bool:
    """Whether there is such a path, by whatever method."""
    return any(
        (method, pattern) in known for pattern in _patterns(way) for method in ("GET", "POST", "PATCH", "DELETE")
    )


def _patterns(way: tuple[str, ...]) -> list[str]:
    """The path itself, and with its second part, or other parts of it, for ids."""
    ids = [places for places in ((1,), (2,), (1, 3), (3,), (2, 4)) if max(places) < len(way)]
    return ["/".join("*" if place in places else part for place, part in enumerate(way)) for places in ((), *ids)]
