"""The connector `crm.bitrix24`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import hub
from hub_crm_bitrix.settings import Settings, hosts


@contextmanager
def open_portal(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_crm_bitrix.client import Portal  # noqa: PLC0415 - a command that reads no portal need not wait for it
    from hub_crm_bitrix.signin import Application, Webhook  # noqa: PLC0415 - as above
    from hub_crm_bitrix.source import Bitrix24  # noqa: PLC0415 - as above

    credentials = Webhook(settings) if settings.webhook else Application(settings, tools)
    source = Bitrix24(Portal(settings, tools, credentials), settings, tools)
    try:
        yield source
    finally:
        source.close()


def map_object(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_crm_bitrix.mapping import to_records  # noqa: PLC0415 - as above

    return to_records(body, settings, window)


def sign_in(settings: Settings) -> hub.SignIn | None:
    """None for a webhook, which is a way in already."""
    if settings.webhook is not None:
        return None
    from hub_crm_bitrix import signin  # noqa: PLC0415 - as above

    return signin.sign_in(settings)


def doorbell(settings: Settings, ring: hub.Ring) -> Sequence[str] | None:
    from hub_crm_bitrix import hooks  # noqa: PLC0415 - as above

    return hooks.doorbell(settings, ring)


def assumptions() -> Sequence[hub.Assumption]:
    from hub_crm_bitrix.assumptions import ASSUMPTIONS  # noqa: PLC0415 - as above

    return ASSUMPTIONS


CRM_BITRIX24 = hub.Connector(
    name="crm.bitrix24",
    title="Bitrix24",
    settings=Settings,
    open=open_portal,
    map=map_object,
    mapping=4,
    capabilities=frozenset(("ids", "fetch", "size")),
    hosts=hosts,
    sign_in=sign_in,
    doorbell=doorbell,
    assumptions=assumptions,
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CRM_BITRIX24]
