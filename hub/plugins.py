"""Plugins: found without importing, loaded one by one, asked one by one.

An entry point of the group `hub` is named as its connector and points to a module:

    [project.entry-points.hub]
    "notes.files" = "acme_notes.plugin"

`hub.installed` reads that from metadata and runs nobody's code. `load` imports the plugins that are named, each inside a
guard of its own: whatever one of them does, the others load, and it stands in `Plugins.broken` with the reason. Every
plugin lives in a plugin manager of its own, so that a hook which raises or a name that is misspelt is its own affair.

A guard stops what an accident can raise, `SystemExit` included. It is no sandbox: a plugin is trusted code, and only
`KeyboardInterrupt` passes.
"""

import contextlib
import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import pluggy

from hub import contract, hookspecs
from hub.connectors import API, Connector
from hub.errors import Misconfigured
from hub.i18n import _
from hub.installed import GROUP, OWN, Installed, installed

__all__ = ["Broken", "Installed", "Plugins", "installed", "load", "needed"]
_MOST_ANSWERS = 10_000
_LOG = logging.getLogger("hub.plugins")
_T = TypeVar("_T")
Log: TypeAlias = "logging.Logger | logging.LoggerAdapter[Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Why a plugin cannot be used, what a person can do, and the traceback for its author ("" if there is none)."""

    reason: str
    fix: str
    traceback_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """What was asked for and what came of it.

    `connectors` and `broken` have entry point names as keys and share none; `warnings` tells of plugins that work,
    but not as their author means. `installed` are the entry points behind all of them.
    """

    installed: tuple[Installed, ...]
    connectors: Mapping[str, Connector]
    broken: Mapping[str, Broken]
    warnings: Mapping[str, tuple[str, ...]]
    _opened: "tuple[_Opened, ...]" = field(default=(), repr=False)
    _log: Log = field(default=_LOG, repr=False)
    _reported: set[tuple[str, str]] = field(default_factory=set, repr=False)

    def connector(self, name: str) -> Connector:
        """The connector of this name. Raises `Misconfigured` with the reason where there is none."""
        if (found := self.connectors.get(name)) is not None:
            return found
        why = self.broken.get(name) or _missing(name, [offer.name for offer in self.installed])
        told = _("Connector {name} cannot be used: {reason}").format(name=name, reason=why.reason)
        raise Misconfigured(told, setting="connector", fix=why.fix)

    def answers(self, hook: str) -> bool:
        """Whether any plugin implements `hook`."""
        return any(hook in opened.hooks for opened in self._opened)

    def ask(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """(plugin, its answer) of every plugin that implements `hook`; an answer that can be iterated is a list.

        A plugin that raises, now or while its answer is iterated, is left out of this answer and logged the first
        time; it is asked again the next time, because an answer must not depend on what was asked before.
        """
        found = []
        for opened in self._opened:
            if hook not in opened.hooks:
                continue
            answer = _guarded(_("its hook {hook} failed").format(hook=hook), opened.asking(hook, arguments))
            if isinstance(answer, Broken):
                self._report(opened.name, hook, answer.traceback_text)
            elif answer is not None:
                found.append((opened.name, answer))
        return found

    def each(self, kind: type[_T], hook: str, **arguments: Any) -> list[_T]:
        """What all plugins answer to a hook that gives several values, in one list.

        A plugin with a value that is no `kind` among its answers is left out like one that raises.
        """
        values: list[_T] = []
        for plugin, answer in self.ask(hook, **arguments):
            if isinstance(answer, list) and all(isinstance(value, kind) for value in answer):
                values += answer
            else:
                self._report(plugin, hook, f"values of type {kind.__name__} expected, got {answer!r:.200}")
        return values

    def _report(self, plugin: str, hook: str, why: str) -> None:
        if (plugin, hook) in self._reported:
            return
        self._reported.add((plugin, hook))
        self._log.warning(
            "plugin %s is left out: its hook %s failed\n%s",
            plugin,
            hook,
            why,
            extra={"action": "plugin_hook_failed", "plugin": plugin, "hook": hook},
        )


# --- loading ---------------------------------------------------------------------------------------------------------


def load(names: Iterable[str] | None = None, *, found: Iterable[Installed] | None = None, log: Log = _LOG) -> Plugins:
    """Import the plugins of these names (None: of all names) and take their connectors.

    Raises nothing: a name that is not installed or whose plugin fails stands in `Plugins.broken`.
    `found` are the entry points to choose from, by default `installed()`; `log` hears of hooks that fail later.
    """
    offers = {offer.name: offer for offer in (installed() if found is None else found)}
    wanted = list(offers if names is None else dict.fromkeys(names))
    modules: dict[str, _Opened | Broken] = {}
    picked = {name: _load_one(name, offers, modules) for name in wanted}
    known = tuple(offers[name] for name in wanted if name in offers)
    opened = {offer.name: plugin for offer in known if isinstance(plugin := modules.get(offer.module), _Opened)}
    return Plugins(
        installed=known,
        connectors=MappingProxyType({name: one for name, one in picked.items() if isinstance(one, Connector)}),
        broken=MappingProxyType({name: one for name, one in picked.items() if isinstance(one, Broken)}),
        warnings=MappingProxyType({name: plugin.warnings for name, plugin in opened.items() if plugin.warnings}),
        _opened=tuple(plugin for plugin in modules.values() if isinstance(plugin, _Opened)),
        _log=log,
    )


def needed(named: Iterable[str], found: Iterable[Installed]) -> list[str]:
    """The names of the plugins that a hub with connections of these connectors works with: those, and the plugins that
    offer other hooks. A connector's name has a dot in it (`email.imap`), that of any other plugin has none.
    """
    others = (offer.name for offer in found if "." not in offer.name and offer.distribution != OWN)
    return list(dict.fromkeys([*named, *others]))


def _load_one(
    name: str, offers: Mapping[str, Installed], modules: "dict[str, _Opened | Broken]"
) -> Connector | Broken | None:
    """The connector of an entry point, or why there is none; None for a plugin of other hooks only."""
    offer = offers.get(name)
    if offer is None:
        return _not_installed(name, offers)
    if offer.duplicates:
        return _offered_twice(offer)
    if not offer.module:
        reason = _("the entry points of {distribution} cannot be read").format(distribution=offer.distribution)
        return Broken(reason=reason, fix=_author(offer.distribution))
    if offer.module not in modules:
        modules[offer.module] = _open_module(offer)
    opened = modules[offer.module]
    return opened if isinstance(opened, Broken) else _pick(name, offer.distribution, opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An imported plugin: its own manager, the hooks it implements, what it answered to `register_connectors`."""

    name: str
    manager: pluggy.PluginManager
    hooks: frozenset[str]
    connectors: tuple[object, ...] | Broken | None
    warnings: tuple[str, ...]

    def asking(self, hook: str, arguments: Mapping[str, Any]) -> Callable[[], Any]:
        return lambda: _answer(self.manager, hook, arguments)


def _open_module(offer: Installed) -> "_Opened | Broken":
    point = metadata.EntryPoint(name=offer.name, value=offer.module, group=GROUP)
    with contextlib.redirect_stdout(sys.stderr):  # what a plugin prints must not stand in the output of a command
        module = _guarded(_("it cannot be imported"), point.load, fix=_reinstall(offer.distribution))
        if isinstance(module, Broken):
            return module
        return _guarded(_("its hooks do not fit"), lambda: _open(offer.name, module), fix=_author(offer.distribution))


def _open(name: str, module: object) -> _Opened:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(module, name=name)
    specs, hooks = _hooks(manager)
    answer: Any = None  # as long as nobody is asked
    if "register_connectors" in hooks:
        doing = _("its hook {hook} failed").format(hook="register_connectors")
        answer = _guarded(doing, lambda: _answer(manager, "register_connectors", {}) or [])
    return _Opened(
        name=name,
        manager=manager,
        hooks=frozenset(hooks & specs),
        connectors=answer if isinstance(answer, Broken | None) else _objects(answer),
        warnings=tuple(_warnings(module, specs, hooks)),
    )


def _objects(answer: object) -> tuple[object, ...]:
    return tuple(answer) if isinstance(answer, list) else (answer,)


def _hooks(manager: pluggy.PluginManager) -> tuple[set[str], set[str]]:
    """(hooks that exist, hooks that the plugin in this manager implements)."""
    hooks = {name: hook for name, hook in vars(manager.hook).items() if isinstance(hook, pluggy.HookCaller)}
    implemented = {
        name
        for name, hook in hooks.items()
        if any(hook.has_spec() or not impl.optionalhook for impl in hook.get_hookimpls())
    }
    return {name for name, hook in hooks.items() if hook.has_spec()}, implemented


def _warnings(module: object, specs: set[str], hooks: set[str]) -> Iterator[str]:
    for name in sorted(hooks - specs):
        yield _("there is no hook {name}").format(name=name) + contract.meant(name, specs)
    for name in sorted(specs - hooks):
        if callable(getattr(module, name, None)):
            yield _("the function {name} is not marked with @hub.hookimpl, so it is never called").format(name=name)


def _answer(manager: pluggy.PluginManager, hook: str, arguments: Mapping[str, Any]) -> Any:
    """What the one plugin of this manager answers, as a list when it can be iterated; None for no opinion."""
    answers = getattr(manager.hook, hook)(**arguments)
    if not answers:
        return None
    [answer] = answers
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        return answer
    taken = list(islice(answer, _MOST_ANSWERS + 1))
    if len(taken) > _MOST_ANSWERS:
        raise ValueError(f"more than {_MOST_ANSWERS} answers")
    return taken


def _guarded(doing: str, call: Callable[[], _T], *, fix: str = "") -> _T | Broken:
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, SystemExit and pytest's outcomes too
        told = traceback.TracebackException.from_exception(error)
        said = " ".join("".join(told.format_exception_only()).split())
        fix = fix or _("tell the plugin's author")
        return Broken(reason=f"{doing}: {said[:300]}", fix=fix, traceback_text="".join(told.format()))


# --- judging ---------------------------------------------------------------------------------------------------------


def _pick(name: str, distribution: str, opened: _Opened) -> Connector | Broken | None:
    if isinstance(opened.connectors, Broken):
        return opened.connectors
    if opened.connectors is None and not any("register_connectors" in warning for warning in opened.warnings):
        return None
    return _guarded(_("its connectors cannot be read"), lambda: _judge(name, distribution, opened))


def _judge(name: str, distribution: str, opened: _Opened) -> Connector | Broken:
    answers = opened.connectors if isinstance(opened.connectors, tuple) else ()
    named = [answer for answer in answers if isinstance(answer, Connector) and answer.name == name]
    fix = _author(distribution)
    if not named:
        told = _("it registers no connector named {name}, but {came}").format(name=name, came=_came(answers))
        return Broken(reason="; ".join((told, *opened.warnings)), fix=fix)
    if len(named) > 1:
        told = _("it registers several connectors named {name}").format(name=name)
        return Broken(reason=told, fix=fix)
    if not contract.is_version(named[0].api):
        return Broken(reason=_("`api` is not a pair of numbers such as (1, 0)"), fix=fix)
    if not contract.speaks(named[0].api):
        return _outdated(named[0].api, distribution)
    faults = list(contract.faults(named[0]))
    return Broken(reason="; ".join(faults), fix=fix) if faults else named[0]


def _came(answers: Sequence[object]) -> str:
    came = [
        str(answer.name)
        if isinstance(answer, Connector)
        else _("an object of type {type}").format(type=type(answer).__name__)
        for answer in islice(answers, 5)
    ]
    return ", ".join(came) or _("nothing")


# --- words -----------------------------------------------------------------------------------------------------------


def _not_installed(name: str, names: Iterable[str]) -> Broken:
    known = sorted(names)
    fix = _("install its plugin, or use one of: {known}").format(known=", ".join(known) or _("nothing"))
    return Broken(
        reason=_("no installed plugin offers {name}").format(name=name) + contract.meant(name, known), fix=fix
    )


def _missing(name: str, installed: Sequence[str]) -> Broken:
    if name in installed:
        return Broken(reason=_("its plugin has no connectors"), fix=_("use the name of a connector"))
    return _not_installed(name, installed)


def _offered_twice(offer: Installed) -> Broken:
    several = ", ".join((offer.distribution, *offer.duplicates))
    reason = _("several distributions offer {name}: {several}").format(name=offer.name, several=several)
    return Broken(reason=reason, fix=_("uninstall all of them but one"))


def _outdated(api: tuple[int, int], distribution: str) -> Broken:
    reason = _("it is made for version {theirs} of the hub's interface, and this hub has {ours}").format(
        theirs="{}.{}".format(*api), ours="{}.{}".format(*API)
    )
    if api < API:
        return Broken(reason=reason, fix=_("upgrade {distribution}").format(distribution=distribution))
    fix = _("upgrade interaction-hub, or install an older {distribution}").format(distribution=distribution)
    return Broken(reason=reason, fix=fix)


def _reinstall(distribution: str) -> str:
    return _("reinstall {distribution}").format(distribution=distribution)


def _author(distribution: str) -> str:
    return _("upgrade {distribution}, or tell its author").format(distribution=distribution)
