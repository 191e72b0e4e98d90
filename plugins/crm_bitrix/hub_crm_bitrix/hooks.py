"""What a portal calls the hub for: an outgoing webhook, or an application's online events. Only a doorbell: a call is not signed,
is not repeated when it does not arrive, and says no more than an id. Pure.

Source: https://apidocs.bitrix24.com/api-reference/events/index.html: a form with `event`, `data[FIELDS][ID]` and
`auth[application_token]`, which is the same in every call of one webhook.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

import hub
from hub_crm_bitrix.kinds import stream_of
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.values import identity

_NEWS: Final[Mapping[str, Sequence[str]]] = {
    "ONCRMCOMPANY": ("companies",),
    "ONCRMCONTACT": ("contacts",),
    "ONCRMLEAD": ("leads",),
    "ONCRMDEAL": ("deals",),
    "ONCRMQUOTE": ("quotes",),
    "ONCRMREQUISITE": ("companies", "contacts"),
    "ONCRMACTIVITY": ("activities",),
    "ONCRMTIMELINECOMMENT": ("comments",),
    "ONVOXIMPLANTCALL": ("calls", "activities"),
    "ONTASK": ("activities",),
    "ONUSER": ("users",),
}
"""How the names of events begin, and the streams that they concern."""
_DYNAMIC: Final = "ONCRMDYNAMICITEM"
_MOST: Final = 1_000


def doorbell(settings: Settings, ring: hub.Ring) -> Sequence[str] | None:
    """The streams that have news, as far as the connection reads them; none where the call does not say which. None for a
    call that does not bear the token which the settings name.
    """
    try:
        said = dict(parse_qsl(ring.body.decode(errors="replace"), max_num_fields=_MOST))
    except ValueError:
        said = {}
    if not _is_ours(settings, said.get("auth[application_token]", "")):
        return None
    event = said.get("event", "").upper()
    if event.startswith(_DYNAMIC):
        news: Sequence[str] = (stream_of(identity(said.get("data[FIELDS][ENTITY_TYPE_ID]"))),)
    else:
        news = next((streams for begins, streams in _NEWS.items() if event.startswith(begins)), ())
    return tuple(name for name in news if name in settings.streams or name in settings.documents)


def _is_ours(settings: Settings, token: str) -> bool:
    expected = settings.application_token
    return expected is None or hmac.compare_digest(token.encode(), expected.get_secret_value().encode())
