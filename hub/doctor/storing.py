"""The database, and what it says of the daemon, of messages that do not arrive, and of tokens."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from hub.doctor.finding import Finding
from hub.doctor.machine import size
from hub.engine.clock import Clock
from hub.errors import HubError
from hub.i18n import _, ngettext, told
from hub.settings import Config
from hub.store import notices, running, tokens
from hub.store.database import Store, Tx
from hub.store.inspection import inspect
from hub.store.schema import HEAD
from hub.store.sqlite import is_there

LARGE_LOG: Final = 256 << 20


def is_to_come(config: Config) -> bool:
    """Whether the database is a file that nobody has made yet. Raises `StoreUnusable`."""
    return config.server is None and not is_there(config.store_path)


def database(config: Config, now: Clock) -> Iterator[Finding]:
    try:
        if is_to_come(config):
            says = _("{file} is not there yet: the first hub sync or hub serve makes it")
            yield Finding(check="database", level="ok", says=says.format(file=config.store_path))
            return
        found = inspect(config.database)
        yield from _kept(found.product, found.bytes, found.damage, checked=found.checked)
        if found.mode and found.mode != "wal":
            says = _("its journal is in the mode {mode}").format(mode=found.mode)
            fix = _("the next command that writes sets it; see that no other program opens the file")
            yield Finding(check="database", level="warning", says=says, fix=fix)
        if found.log_bytes > LARGE_LOG:
            says = _("its log has grown to {size}").format(size=size(found.log_bytes))
            fix = _("see whether a process that only reads has been hanging for long")
            yield Finding(check="database", level="warning", says=says, fix=fix)
        with closing(Store.as_it_is(config.database)) as store:
            yield from _schema(store)
            if store.version() == HEAD:
                with store.read() as tx:
                    yield from _daemon(tx, now)
                    yield from _messages(tx)
                    yield from _tokens(tx, config, now)
    except HubError as error:
        yield Finding(check="database", level="failed", says=told(str(error)), fix=told(error.fix))


def _kept(product: str, count: int, damage: str, *, checked: bool) -> Iterator[Finding]:
    if damage:
        fix = _("restore a backup, or move the file away and sync again")
        yield Finding(check="database", level="failed", says=_("damaged: {what}").format(what=damage[:200]), fix=fix)
    else:
        text = _("{product}, {size}, whole") if checked else _("{product}, {size}; too large to be read through")
        yield Finding(check="database", level="ok", says=text.format(product=product, size=size(count)))


def _schema(store: Store) -> Iterator[Finding]:
    found = store.version()
    if found is None:
        says = _("there is nothing in it yet: the first hub sync or hub serve makes its tables")
        yield Finding(check="schema", level="ok", says=says)
    elif found != HEAD:
        text = _("at schema {found}, and this program needs {known}").format(found=found, known=HEAD)
        is_newer = found > HEAD
        fix = _("install the newer version") if is_newer else _("hub sync or hub serve upgrades it")
        yield Finding(check="schema", level="failed" if is_newer else "warning", says=text, fix=fix)


def _daemon(tx: Tx, now: Clock) -> Iterator[Finding]:
    beat = running.pulse(tx)
    if beat is None:
        yield Finding(check="daemon", level="ok", says=_("it does not run; hub sync pulls by hand"))
        return
    seconds = max(now.milliseconds() - beat.ticked, 0) // 1000
    says = _("process {pid} on {host} went round {n} s ago").format(pid=beat.pid, host=beat.host, n=seconds)
    silent = seconds * 1000 > running.SILENT_MS
    fix = _("see its log, and start it again") if silent else ""
    yield Finding(check="daemon", level="failed" if silent else "ok", says=says, fix=fix)
    if beat.mistake:
        says = _("it goes on with an older configuration: the newer one has mistakes")
        yield Finding(check="daemon", level="warning", says=says, fix=_("hub config check names them"))


def _messages(tx: Tx) -> Iterator[Finding]:
    stuck = notices.stuck(tx)
    if stuck:
        text = ngettext("{n} message does not arrive", "{n} messages do not arrive", stuck)
        fix = _("correct the address in [notices]; the daemon's log says why")
        yield Finding(check="notices", level="warning", says=text.format(n=stuck), fix=fix)


def _tokens(tx: Tx, config: Config, now: Clock) -> Iterator[Finding]:
    """Access that ends: the hub renews it by itself as long as the other system lets it."""
    names = {one.id: one.name for one in config.connections}
    for row in tokens.every(tx):
        name = names.get(row.connection)
        if name is None:
            continue
        fix = _("sign in again: hub connect {name}").format(name=name)
        if row.refused:
            says = _("the other system does not renew its access any more")
            yield Finding(check="token", of=name, level="failed", says=says, fix=fix)
        elif row.expires is not None and row.expires < now.milliseconds():
            says = _("its access has ended and was not renewed yet")
            yield Finding(check="token", of=name, level="warning", says=says, fix=_("hub sync {name} renews it").format(name=name))  # fmt: skip
        else:
            yield Finding(check="token", of=name, level="ok", says=_("its access counts"))
