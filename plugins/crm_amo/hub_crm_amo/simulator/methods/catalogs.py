"""Catalogs, and what is in them: https://developers.kommo.com/reference/lists."""

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, lists, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT, INVOICE_CATALOG
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.written import allowed, an_object, checked, choice, of_id, whole

_TYPES = frozenset({"regular", "invoices", "products"})


def get_catalog(call: Call) -> Reply:
    return hal(drawing.plain("catalogs", of_id(call.account.catalogs, forms.number(call.way[1])), call.base))


def add_catalogs(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-lists"""
    allowed(call)
    given, of, now = writing.batch(call), call.account, int(call.account.clock.now())
    checked(writing.lacking(given, "name"))
    checked(choice(one, place, "type") for place, one in enumerate(given) if one.get("type", "regular") not in _TYPES)
    made = []
    for one in given:
        number = 1 + max(row["id"] for row in of.catalogs)
        made.append({
            "id": number, "name": str(one["name"]), "created_by": call.user, "updated_by": call.user, "created_at": now,
            "updated_at": now, "sort": forms.number(one.get("sort"), number), "type": one.get("type", "regular"),
            "can_add_elements": bool(one.get("can_add_elements")), "can_show_in_cards": False,
            "can_link_multiple": bool(one.get("can_link_multiple")), "can_be_deleted": True, "sdk_widget_code": None,
            "account_id": ACCOUNT,
        })  # fmt: skip
        of.catalogs.append(made[-1])
    return whole(call, "catalogs", [drawing.plain("catalogs", one, call.base) for one in made], given)


def change_catalog(call: Call) -> Reply:
    allowed(call)
    row, given = of_id(call.account.catalogs, forms.number(call.way[1])), an_object(call)
    row |= {name: given[name] for name in ("name", "sort", "can_add_elements", "can_link_multiple") if name in given}
    row |= {"updated_at": int(call.account.clock.now()), "updated_by": call.user}
    call.account.wrote += 1
    return hal(drawing.plain("catalogs", row, call.base))


def list_elements(call: Call) -> Reply:
    """Of a catalog other than that of invoices."""
    catalog = of_id(call.account.catalogs, forms.number(call.way[1]))["id"]
    table = call.account.tables["elements"]
    rows = [table.row(one) for one in table.ids]
    page, limit = lists.numbers(call.query, lists.USUAL, lists.MOST)
    asked = forms.text(call.query.get("query")).lower()
    mine = [one for one in rows if one["catalog_id"] == catalog and asked in one["name"].lower()]
    shown = mine[(page - 1) * limit : page * limit]
    if not shown:
        return nothing()
    href = f"{call.base}/api/v4/catalogs/{catalog}/elements?limit={limit}&page="
    links = {"self": f"{href}{page}"} | ({"next": f"{href}{page + 1}"} if page * limit < len(mine) else {})
    return hal(drawing.listed("elements", [drawing.element(one, call.base) for one in shown], links, page))


def get_element(call: Call) -> Reply:
    catalog = forms.number(call.way[1])
    table = call.account.tables["invoices" if catalog == INVOICE_CATALOG else "elements"]
    row = table.get(forms.number(call.way[3]))
    return nothing() if row is None or row["catalog_id"] != catalog else hal(drawing.element(row, call.base))


def add_elements(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-list-elements"""
    catalog = of_id(call.account.catalogs, forms.number(call.way[1]))["id"]
    given, now = writing.batch(call), int(call.account.clock.now())
    kind = "invoices" if catalog == INVOICE_CATALOG else "elements"
    checked(writing.lacking(given, "name"))
    made = []
    for one in given:
        row = {
            "id": call.account.next_id(kind), "name": str(one["name"]), "created_by": call.user, "updated_by": call.user,
            "created_at": now, "updated_at": now, "is_deleted": False, "custom_fields_values": None, "catalog_id": catalog,
            "account_id": ACCOUNT,
        }  # fmt: skip
        call.account.tables[kind].put(row)
        made.append(row)
    return whole(call, "elements", [drawing.element(one, call.base) for one in made], given)


METHODS: Methods = {
    ("POST", "catalogs"): add_catalogs, ("GET", "catalogs/*"): get_catalog, ("PATCH", "catalogs/*"): change_catalog,
    ("GET", "catalogs/*/elements/*"): get_element, ("POST", "catalogs/*/elements"): add_elements,
}  # fmt: skip
