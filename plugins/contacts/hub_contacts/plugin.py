"""The connector `contacts.files`: client lists, people, contracts, payments and calls from CSV, XLSX and vCard files."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

import hub
from hub_contacts.mapping import MAPPING, map_row
from hub_contacts.settings import Settings
from hub_contacts.source import Files


def open_files(settings: Settings, tools: hub.Tools) -> AbstractContextManager[hub.Source]:
    """The source. There is nothing to sign in to, and files are open only while they are read."""
    return Files(settings, tools)


CONNECTOR = hub.Connector(
    name="contacts.files",
    title="Client lists: CSV, XLSX, vCard",
    settings=Settings,
    open=open_files,
    map=map_row,
    mapping=MAPPING,
    capabilities=frozenset({"ids", "fetch"}),
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CONNECTOR]
