"""What an account has few of: itself, users, pipelines, reasons, fields, catalogs, tags, webhooks."""

from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import directories, drawing, hooks, lists, refusals
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.written import checked, choice
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, CUSTOMERS, LEADS


def account(call: Call) -> Reply:
    """https://developers.kommo.com/reference/account-parameters"""
    of = call.account
    embedded: dict[str, Any] = {}
    if "task_types" in call.wanted_with:
        embedded["task_types"] = [
            {"id": number, "name": name, "color": None, "icon_id": None, "code": None}
            for number, name in directories.TASK_TYPES
        ]
    if "users_groups" in call.wanted_with:
        embedded["users_groups"] = [{"id": 0, "name": "Отдел продаж", "uuid": None}]
    if "datetime_settings" in call.wanted_with:
        embedded["datetime_settings"] = {
            "timezone": "Europe/Moscow",
            "timezone_offset": "+03:00",
            "date_format": "d.m.Y",
        }
    body = {
        "id": directories.ACCOUNT, "name": of.name, "subdomain": of.subdomain, "created_at": int(of.world.until) - 99_000_000,
        "created_by": 0, "updated_at": int(of.world.until), "updated_by": 0, "current_user_id": call.user, "country": "RU",
        "customers_mode": "segments", "is_unsorted_on": True, "is_loss_reason_enabled": True, "is_helpbot_enabled": False,
        "is_technical_account": False, "contact_name_display_order": 1, "currency": "RUB", "currency_symbol": "₽",
        "mobile_feature_version": 0, "_links": drawing.link(f"{call.base}/api/v4/account"), "_embedded": embedded,
    }  # fmt: skip
    return hal(body)


def paged(call: Call, name: str, rows: list[dict[str, Any]], by: str = "id") -> Reply:
    """A directory: it tells how many there are, and how many pages."""
    page, limit = lists.numbers(call.query, lists.USUAL, lists.MOST)
    shown = rows[(page - 1) * limit : page * limit]
    if not shown:
        return nothing()
    path, pages = "/".join(call.way), -(-len(rows) // limit)
    links = {"self": f"{call.base}/api/v4/{path}?page={page}&limit={limit}"}
    if page < pages:
        links["next"] = f"{call.base}/api/v4/{path}?page={page + 1}&limit={limit}"
    made = [drawing.plain(path, row, call.base, by) for row in shown]
    return hal(drawing.listed(name, made, links, page, _total_items=len(rows), _page_count=pages))


def users(call: Call) -> Reply:
    return paged(call, "users", call.account.users)


def user(call: Call) -> Reply:
    return _one(call, "users", call.account.users)


def _one(call: Call, path: str, rows: list[dict[str, Any]]) -> Reply:
    number = forms.number(call.way[-1])
    row = next((row for row in rows if row["id"] == number), None)
    return nothing() if row is None else hal(drawing.plain(path, row, call.base))


def pipelines(call: Call) -> Reply:
    """All at once, with their stages."""
    rows = [drawing.pipeline(row, call.base) for row in call.account.pipelines]
    links = {"self": f"{call.base}/api/v4/leads/pipelines"}
    return hal(drawing.listed("pipelines", rows, links, None, _total_items=len(rows)))


def pipeline(call: Call) -> Reply:
    number = forms.number(call.way[-1])
    row = next((row for row in call.account.pipelines if row["id"] == number), None)
    return nothing() if row is None else hal(drawing.pipeline(row, call.base))


def statuses(call: Call) -> Reply:
    number = forms.number(call.way[2])
    row = next((row for row in call.account.pipelines if row["id"] == number), None)
    if row is None:
        raise refusals.not_there()
    rows = [drawing.stage(one, call.base) for one in row["_embedded"]["statuses"]]
    links = {"self": f"{call.base}/api/v4/leads/pipelines/{number}/statuses"}
    return hal(drawing.listed("statuses", rows, links, None, _total_items=len(rows)))


def customer_statuses(call: Call) -> Reply:
    """https://developers.kommo.com/reference/customers-statuses-list"""
    return paged(call, "statuses", directories.CUSTOMER_STATUSES)


def loss_reasons(call: Call) -> Reply:
    return paged(call, "loss_reasons", directories.loss_reasons(call.account.world))


def fields(call: Call) -> Reply:
    """By type, and in another order, where that is asked for: https://developers.kommo.com/reference/custom-fields-list."""
    kind, asked = call.way[0], forms.mapping(call.query.get("filter"))
    types = {forms.text(one) for one in forms.values(asked.get("type"))}
    rows = [{**row, "entity_type": kind} for row in call.account.fields[kind] if not types or row["type"] in types]
    for name, way in forms.mapping(call.query.get("order")).items():
        if name in ("id", "sort"):
            rows.sort(key=lambda row, name=name: row[name], reverse=forms.text(way) == "desc")  # type: ignore[misc]
    return paged(call, "custom_fields", rows)


def catalog_fields(call: Call) -> Reply:
    rows = call.account.fields["invoices"] if forms.number(call.way[1]) == directories.INVOICE_CATALOG else []
    return paged(call, "custom_fields", rows)


def catalogs(call: Call) -> Reply:
    return paged(call, "catalogs", call.account.catalogs)


def tags(call: Call) -> Reply:
    return paged(call, "tags", list(call.account.tags[call.way[0]].values()))


def widgets(call: Call) -> Reply:
    """https://www.amocrm.ru/developers/content/crm_platform/widgets-api"""
    return paged(call, "widgets", directories.WIDGETS, by="code")


def widget(call: Call) -> Reply:
    for row in directories.WIDGETS:
        if row["code"] == call.way[1]:
            return hal(drawing.plain("widgets", row, call.base, by="code"))
    raise refusals.not_there()


def none(_call: Call) -> Reply:
    """Roles and sources: https://developers.kommo.com/reference/roles-list, /reference/source-list."""
    return nothing()


def event_types(call: Call) -> Reply:
    rows = [{"key": name, "type": number, "lang": name} for number, name in enumerate(directories.EVENT_TYPES, 1)]
    links = {"self": f"{call.base}/api/v4/events/types"}
    return hal(drawing.listed("events_types", rows, links, None, _total_items=len(rows)))


def webhooks(call: Call) -> Reply:
    """https://developers.kommo.com/reference/webhooks-list: all, or the one with an address."""
    wanted = forms.mapping(call.query.get("filter")).get("destination")
    rows = [one for one in call.account.webhooks.values() if wanted in (None, one["destination"])]
    if not rows:
        return nothing()
    links = {"self": f"{call.base}/api/v4/webhooks"}
    return hal(drawing.listed("webhooks", rows, links, None, _total_items=len(rows)))


def subscribe(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-webhooks: one that is there is changed."""
    body = call.body if isinstance(call.body, dict) else {}
    destination, settings = body.get("destination"), body.get("settings")
    if not isinstance(destination, str) or not isinstance(settings, list):
        raise refusals.invalid([("0", "NotBlank", "destination", "This value should not be blank.")])
    checked(choice(body, 0, f"settings.{at}") for at, one in enumerate(settings) if str(one) not in hooks.SETTINGS)
    return hal(call.account.subscribe(destination, [str(one) for one in settings], call.user), 201)


def unsubscribe(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    if call.account.webhooks.pop(str(body.get("destination")), None) is None:
        raise refusals.not_there()
    return nothing()


_CARDS = (LEADS, CONTACTS, COMPANIES, CUSTOMERS)
METHODS: Methods = {
    ("GET", "account"): account,
    ("GET", "users"): users,
    ("GET", "users/*"): user,
    ("GET", "leads/pipelines"): pipelines,
    ("GET", "leads/pipelines/*"): pipeline,
    ("GET", "leads/pipelines/*/statuses"): statuses,
    ("GET", "leads/loss_reasons"): loss_reasons,
    ("GET", "customers/statuses"): customer_statuses,
    ("GET", "events/types"): event_types,
    ("GET", "catalogs"): catalogs,
    ("GET", "catalogs/*/custom_fields"): catalog_fields,
    **{("GET", f"{kind}/custom_fields"): fields for kind in _CARDS},
    **{("GET", f"{kind}/tags"): tags for kind in _CARDS},
    ("GET", "widgets"): widgets,
    ("GET", "widgets/*"): widget,
    ("GET", "roles"): none,
    ("GET", "sources"): none,
    ("GET", "webhooks"): webhooks,
    ("POST", "webhooks"): subscribe,
    ("DELETE", "webhooks"): unsubscribe,
}
