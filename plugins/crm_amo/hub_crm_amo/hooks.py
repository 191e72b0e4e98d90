"""What an account calls the hub for. Only a doorbell: the call is not signed, may come twice, before the change can be read,
or never. Pure.

Source: https://developers.kommo.com/docs/webhooks-general: a form whose keys begin with what was changed, such as
`leads[status][0][id]`. Companies come as `contacts`.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

import hub
from hub_crm_amo.settings import Settings

_NEWS: Final[Mapping[str, Sequence[str]]] = {
    "leads": ("leads", "notes", "events"),
    "contacts": ("contacts", "companies", "notes"),
    "companies": ("companies", "notes"),
    "customers": ("customers", "purchases"),
    "catalogs": ("invoices",),
    "task": ("tasks",),
    "message": ("events", "unsorted"),
    "talk": ("events",),
    "unsorted": ("unsorted", "leads"),
}
_MOST: Final = 10_000


def doorbell(settings: Settings, ring: hub.Ring) -> Sequence[str]:
    """The streams that have news, as far as the connection reads them; none where the call does not say which."""
    try:
        said = parse_qsl(ring.body.decode(errors="replace"), max_num_fields=_MOST)
    except ValueError:
        return ()
    told = dict.fromkeys(name for key, _value in said for name in _NEWS.get(key.partition("[")[0], ()))
    return tuple(name for name in told if name in settings.streams)
