"""The connector `crm.amocrm`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import hub
from hub_crm_amo.settings import Settings, hosts


@contextmanager
def open_account(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_crm_amo.client import Account  # noqa: PLC0415 - a command that reads no account need not wait for it
    from hub_crm_amo.signin import Integration, LongLived  # noqa: PLC0415 - as above
    from hub_crm_amo.source import AmoCRM  # noqa: PLC0415 - as above

    credentials = LongLived(settings) if settings.token else Integration(settings, tools)
    source = AmoCRM(Account(settings, tools, credentials), settings, tools)
    try:
        yield source
    finally:
        source.close()


def map_object(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_crm_amo.mapping import to_records  # noqa: PLC0415 - as above

    return to_records(body, settings, window)


def sign_in(settings: Settings) -> hub.SignIn | None:
    from hub_crm_amo import signin  # noqa: PLC0415 - as above

    return signin.sign_in(settings)


def doorbell(settings: Settings, ring: hub.Ring) -> Sequence[str]:
    from hub_crm_amo import hooks  # noqa: PLC0415 - as above

    return hooks.doorbell(settings, ring)


def assumptions() -> Sequence[hub.Assumption]:
    from hub_crm_amo.assumptions import ASSUMPTIONS  # noqa: PLC0415 - as above

    return ASSUMPTIONS


CRM_AMOCRM = hub.Connector(
    name="crm.amocrm",
    title="amoCRM",
    settings=Settings,
    open=open_account,
    map=map_object,
    capabilities=frozenset(("ids", "fetch", "size")),
    hosts=hosts,
    sign_in=sign_in,
    doorbell=doorbell,
    assumptions=assumptions,
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CRM_AMOCRM]
