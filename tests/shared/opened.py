"""A connector's source, opened as the hub opens it: with its network, and nothing beside it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import hub
from hub.http.network import internet


@dataclass
class Opened:
    """`with opened(url=...) as source`; `now` is what its clock shows."""

    connector: hub.Connector
    now: datetime

    @contextmanager
    def __call__(self, *, is_stopping: bool = False, ca_file: Path | None = None, **settings: Any) -> Iterator[Any]:
        model = self.connector.settings(**settings)
        clock, stopping = lambda: self.now, lambda: is_stopping
        hosts = self.connector.hosts(model)
        network = internet(hosts, now=clock, stopping=stopping, ca_file=ca_file, environ={})
        log = logging.LoggerAdapter(logging.getLogger(f"hub.plugin.{self.connector.name}"), {})
        with self.connector.open(model, hub.Tools(clock=clock, log=log, stopping=stopping, network=network)) as source:
            yield source


def in_small_pages(connector: hub.Connector, page: int) -> hub.Connector:
    """The connector, whose source brings so many items at a time."""
    usual: Callable[..., Any] = connector.open

    @contextmanager
    def open_(settings: Any, tools: hub.Tools) -> Iterator[hub.Source]:
        with usual(settings, tools) as source:
            source.page = page
            yield source

    return replace(connector, open=open_)
