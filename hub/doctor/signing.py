"""Signing in to a connection and reading nothing of it: what `Source.check` does, and what its connector takes for granted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.connectors import Assumption
from hub.doctor.finding import Finding, Level
from hub.doctor.storing import is_to_come
from hub.engine import connect, sync
from hub.engine.feed import Feed
from hub.engine.hub import Hub, opened
from hub.engine.steps import Steps, finished
from hub.engine.sync import Wish
from hub.errors import HubError, Refused, StoreUnusable
from hub.i18n import _, sentence, told
from hub.plugins import Plugins
from hub.settings import Config, Connection
from hub.store.database import Store
from hub.store.schema import HEAD


def sign_in(config: Config, plugins: Plugins, connection: Connection) -> Iterator[Finding]:
    """Whether it lets us in. A grant that has ended is renewed, as every sync would."""
    error = _problem(config, plugins, connection, lambda hub: connect.check(hub, connection))
    if error is None:
        yield Finding(check="sign-in", of=connection.name, level="ok", says=_("it lets us in"))
    else:
        yield _not_let_in(config, connection, error)


def assumptions(config: Config, plugins: Plugins, connection: Connection) -> Iterator[Finding]:
    """What its connector takes for granted, and whether it is so there. Where the other system ends it, the rest is not
    asked.
    """
    found: list[Finding] = []
    error = _problem(config, plugins, connection, lambda hub: _ask(hub, connection, found))
    yield from found
    if error is not None:
        yield _not_let_in(config, connection, error)


def _problem(config: Config, plugins: Plugins, connection: Connection, work: Callable[[Hub], None]) -> HubError | None:
    try:
        with _kept(config) as kept, opened(kept, plugins) as hub:
            work(hub)
    except HubError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        return sync.defect(connection, error)
    return None


def _not_let_in(config: Config, connection: Connection, error: HubError) -> Finding:
    says, fix = config.told(str(error), connection.name), config.told(error.fix, connection.name)
    return Finding(check="sign-in", of=connection.name, level="failed", says=says, fix=fix)


@contextmanager
def _kept(config: Config) -> Iterator[Config]:
    """The configuration with a database that may be opened: where none was made yet, one that lasts for this only."""
    if is_to_come(config):
        with TemporaryDirectory(prefix="hub-doctor-") as folder:
            yield replace(config, store_path=Path(folder) / "hub.db")
        return
    with closing(Store.as_it_is(config.database)) as store:
        if store.version() != HEAD:
            text = sentence("the database is of another version, and is left as it is")
            raise StoreUnusable(text, fix=sentence("hub sync or hub serve upgrades it"))
    yield config


# --- what is taken for granted ---------------------------------------------------------------------------------------


def _ask(hub: Hub, connection: Connection, found: list[Finding]) -> None:
    table = hub.connector(connection).assumptions()
    wish = Wish(limits=hub.config.limits)
    spoken = [replace(one, text=hub.config.told(one.text, connection.name)) for one in table]
    finished(sync.using(hub, connection, wish, partial(_asked, connection.name, spoken, found)))
    if not table:
        says = _("its connector takes nothing for granted")
        found.append(Finding(check="assumption", of=connection.name, level="ok", says=says))


def _asked(name: str, table: Sequence[Assumption], found: list[Finding], feed: Feed) -> Steps[None]:
    for one in table:
        try:
            verdict = (yield from feed.assumed(one)) if one.holds is not None else None
        except Refused as refusal:
            found.append(_finding(name, one, "unknown", _("cannot be seen ({why})").format(why=told(str(refusal)))))
        else:
            found.append(_finding(name, one, *_verdict(one, verdict)))


def _verdict(one: Assumption, verdict: bool | None) -> tuple[Level, str]:  # noqa: FBT001 - what `holds` gives
    if one.holds is None:
        return "unknown", _("cannot be tried without writing")
    if verdict is None:
        return "unknown", _("nothing there shows it")
    return ("ok", _("holds")) if verdict else ("failed", _("does not hold"))


def _finding(of: str, one: Assumption, level: Level, verdict: str) -> Finding:
    fix = _("tell the plugin's author: what rests on it may be read wrongly") if level == "failed" else ""
    says = f"{verdict}: {one.text}"
    return Finding(check="assumption", of=of, level=level, says=says, fix=fix, about=one.name)
