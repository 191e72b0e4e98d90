"""The portal: its tables, its limits, who may call, and what it tells of what happened."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from hub.simulators.clock import Clock
from hub.simulators.faults import Fault
from hub.simulators.tables import Table
from hub_crm_bitrix.simulator import directories, happenings, moments, requisites, seeds
from hub_crm_bitrix.simulator.calls import Answer, Call, Caller
from hub_crm_bitrix.simulator.effects import Effect
from hub_crm_bitrix.simulator.events import Bound, Events
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, CONTRACT, DEAL, INVOICE, LEAD, MULTIFIELDS
from hub_crm_bitrix.simulator.limits import Limits
from hub_crm_bitrix.simulator.lists import Finder, Page, Wanted
from hub_crm_bitrix.simulator.oauth import OAuth
from hub_crm_bitrix.simulator.refusals import Refusal
from hub_crm_bitrix.simulator.world import ACTIVITY, World

SCOPES = frozenset(
    {"crm", "user", "telephony", "imopenlines", "im", "calendar", "task", "user_basic", "disk", "department"}
)
Hook = Callable[[Call], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An inbound webhook: https://apidocs.bitrix24.com/local-integrations/local-webhooks.html"""

    user: int
    code: str = field(repr=False)
    scopes: frozenset[str] = SCOPES


@dataclass
class Portal:
    """Change it while it runs: `limits` (None is none at all), `faults`, `hooks`, rows of `tables`.

    `before` and `after` are called with each call of a method, those in a batch too, under the portal's lock. `methods` stand in
    the place of those of the same name. `places`: where a link (kind, id, whom it links with) stands in the order. `pipelines_made`: when, for those that the seed does not have.
    """

    world: World = field(default_factory=World)
    clock: Clock = field(default_factory=Clock)
    limits: Limits | None = field(default_factory=Limits)
    webhooks: list[Webhook] = field(default_factory=lambda: [Webhook(user=1, code="secret")])
    admins: set[int] = field(default_factory=lambda: {1})
    all_scopes: frozenset[str] = SCOPES
    refuses_each_command_too_many: bool = False
    has_offline_events: bool = True
    events: Events = field(default_factory=Events)
    oauth: OAuth = field(default_factory=OAuth)
    url: str = "https://portal.bitrix24.example"
    faults: list[Fault] = field(default_factory=list)
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    before: list[Hook] = field(default_factory=list)
    after: list[Hook] = field(default_factory=list)
    log: deque[Effect] = field(default_factory=lambda: deque(maxlen=100_000))
    tables: dict[int | str, Table] = field(default_factory=dict)
    methods: dict[str, Callable[[Call], Answer]] = field(default_factory=dict)
    categories: dict[int, tuple[dict[str, Any], ...]] = field(default_factory=lambda: dict(directories.CATEGORIES))
    currencies: list[dict[str, Any]] = field(default_factory=lambda: list(directories.CURRENCIES))
    pipelines_made: dict[int, str] = field(default_factory=dict)
    pipelines_removed: list[dict[str, Any]] = field(default_factory=list)
    places: dict[tuple[int, int, int], int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _finders: dict[int | str, Finder] = field(default_factory=dict)
    _employed: dict[int, list[int]] = field(default_factory=dict)
    _employed_at: int = -1
    _multifields: int = 100_000_000

    def __post_init__(self) -> None:
        self.tables = {**_objects(self), **_others(self.world), **self.tables}

    # --- what a method needs ---

    def find(self, table: int | str, wanted: Wanted) -> Page:
        finder = self._finders.get(table)
        if finder is None:
            finder = self._finders[table] = Finder(self.tables[table])
        return finder.page(wanted)

    def is_admin(self, user: int) -> bool:
        return user in self.admins

    def contacts_at(self, company: int) -> list[int]:
        contacts = self.tables[CONTACT]
        if self._employed_at != contacts.version:
            self._employed_at, self._employed = contacts.version, {}
            for number in contacts.ids:
                for at in contacts.value(number, "companyIds"):
                    self._employed.setdefault(at, []).append(number)
        return self._employed.get(company, [])

    def next_multifield(self) -> int:
        self._multifields += 1
        return self._multifields

    def happened(
        self, call: Call, event: str, fields: Mapping[str, Any], data: Mapping[str, Any] | None = None
    ) -> None:
        """Tell who is bound to the event; not the offline queue whose key the call bears. `data` is what is told at once,
        where that is not the fields.
        """
        data, now, connector = data or {"FIELDS": dict(fields)}, self.clock.now(), call.text("auth_connector")
        for one in self.events.bound:
            if one.event == event and one.offline and not (connector and connector == one.connector):
                self.events.keep(one, now, event, fields)
            elif one.event == event and not one.offline:
                self.events.tell(one.url, self._told(one.id, event, data, self._signed(one, call)))
        for way in self.events.outgoing:
            if event in way.events:
                self.events.tell(way.url, self._told(0, event, data, self._known() | {"application_token": way.token}))

    def _told(self, number: int, event: str, data: Mapping[str, Any], auth: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "event": event, "event_handler_id": number, "data": dict(data), "ts": int(self.clock.now()),
            "auth": dict(auth),
        }  # fmt: skip

    def _known(self) -> dict[str, Any]:
        return {
            "domain": self.url.partition("://")[2], "server_endpoint": f"{self.url}/rest/",
            "client_endpoint": f"{self.url}/rest/", "member_id": self.oauth.member_id,
        }  # fmt: skip

    def _signed(self, one: Bound, call: Call) -> dict[str, Any]:
        """https://apidocs.bitrix24.com/api-reference/events/index.html: tokens of who did it, or of the user the handler was bound for."""
        app = self.oauth.application(one.application)
        if app is None:
            return self._known()
        granted = self.oauth.granted(app, one.user or call.caller.user, self.url, self.clock.now())
        names = ("access_token", "expires", "expires_in", "scope", "status")
        return {name: granted[name] for name in names} | self._known() | {"application_token": app.token}

    # --- calls ---

    def caller(self, user: str, code: str) -> Caller | None:
        """Who calls by an inbound webhook."""
        for one in self.webhooks:
            if (str(one.user), one.code) == (user, code):
                return Caller(user=one.user, scopes=one.scopes)
        return None

    def turned_away(self, method: str, refusal: Refusal, user: int = 0) -> None:
        """Log a call that got no further than the door."""
        self.log.append(Effect(
            at=self.clock.now(), method=method, params={}, user=user, status=refusal.status, error=refusal.error
        ))  # fmt: skip


def _objects(portal: Portal) -> dict[int | str, Table]:
    world = portal.world
    return {
        kind: Table(
            partial(world.ids, kind),
            partial(_made, portal, kind),
            _times(world, kind, "createdTime", "updatedTime")
            | ({"companyIds": world.companies_of} if kind == CONTACT else {}),
            told=_MULTIFIELDS,
        )
        for kind in seeds.MADE
    }


def _reached(type_: str, row: dict[str, Any]) -> list[str]:
    return [one["value"] for one in row.get("fm") or () if one["typeId"] == type_]


_MULTIFIELDS = {f"fm:{type_}": partial(_reached, type_) for type_ in MULTIFIELDS}


def _times(world: World, kind: int, created: str, updated: str) -> dict[str, Callable[[int], Any]]:
    """Moments that are filtered by and can be told without the row."""
    return {
        created: lru_cache(_MOMENTS)(lambda number: moments.written(world.created(kind, number))),
        updated: lru_cache(_MOMENTS)(lambda number: moments.written(world.updated(kind, number))),
    }


_MOMENTS = 300_000
"""So many are told again without being reckoned."""


def _made(portal: Portal, kind: int, number: int) -> dict[str, Any]:
    row = seeds.MADE[kind](portal.world, number)
    return row | {"contactIds": portal.contacts_at(number)} if kind == COMPANY else row


def _others(world: World) -> dict[int | str, Table]:
    times = _times(world, ACTIVITY, "CREATED", "LAST_UPDATED")
    return {
        "activities": Table(partial(world.ids, ACTIVITY), partial(happenings.activity, world), times, key="ID"),
        "tasks": Table(partial(happenings.tasks, world), partial(happenings.task, world)),
        "statistics": Table(partial(happenings.calls, world), partial(happenings.call, world), key="ID"),
        "comments": Table(partial(happenings.comments, world), partial(happenings.comment, world), key="ID"),
        **{
            f"moves:{kind}": Table(
                partial(happenings.moves, world, kind), partial(happenings.move, world, kind), key="ID"
            )
            for kind in (LEAD, DEAL, INVOICE, CONTRACT)
        },
        "requisites": Table(partial(requisites.requisites, world), partial(requisites.requisite, world), key="ID"),
        "bankdetails": Table(partial(requisites.banks, world), partial(requisites.bank, world), key="ID"),
        "addresses": Table(
            partial(requisites.requisites, world), partial(requisites.address, world), key="LOC_ADDR_ID"
        ),
        "presets": Table.of(requisites.PRESETS),
        "users": Table.of(directories.users(world)),
        "statuses": Table.of(directories.statuses()),
        "types": Table.of(directories.TYPES, key="id"),
        "departments": Table.of(directories.DEPARTMENTS),
        "productrows": Table.of((), key="id"),
    }
