"""Everything that `hub doctor` looks at."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from hub.doctor import machine, storing
from hub.doctor.finding import Finding
from hub.doctor.reaching import Rounds
from hub.engine.clock import Clock
from hub.i18n import _
from hub.plugins import Plugins
from hub.settings import Checked, Config, Connection


def examination(checked: Checked, plugins: Plugins, now: Clock, connections: Iterable[Connection]) -> Iterator[Finding]:
    """What is found of the hub, and of these connections' servers. A check that fails itself is a finding, too."""
    config = checked.config
    parts: list[Callable[[], Iterator[Finding]]] = [
        lambda: machine.software(plugins),
        lambda: machine.configuration(checked),
    ]
    if config is not None:
        parts += _of_hub(config, now)
        rounds = Rounds(now)
        parts += [_look(rounds, one, plugins) for one in connections]
    return chain.from_iterable(map(_guarded, parts))


def _of_hub(config: Config, now: Clock) -> list[Callable[[], Iterator[Finding]]]:
    return [
        lambda: machine.disk(config),
        lambda: machine.files(config),
        lambda: machine.key(config),
        lambda: machine.notices(config),
        lambda: storing.database(config, now),
    ]


def _look(rounds: Rounds, connection: Connection, plugins: Plugins) -> Callable[[], Iterator[Finding]]:
    connector = plugins.connectors.get(connection.connector)
    return lambda: rounds.look(connection, connector) if connector is not None else iter(())


def _guarded(part: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from part()
    except Exception as error:  # noqa: BLE001 - who examines must not fall ill
        says = _("this could not be looked at: {kind}: {problem}")
        yield Finding(
            check="doctor", level="warning", says=says.format(kind=type(error).__name__, problem=str(error)[:200])
        )
