"""Talks: https://www.amocrm.ru/developers/content/crm_platform/talks-api

Every chat that has come in to be sorted is one, of the contact who writes; when it is accepted, it is about the lead that is made.
"""

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub.simulators.tables import Row
from hub_crm_amo.simulator import drawing, lists, refusals
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.reading import href
from hub_crm_amo.simulator.world import CONTACTS, LEADS, TALKS


def _shown(call: Call, row: Row) -> Row:
    leads = [row["entity_id"]] if row["entity_type"] == "lead" else []
    return {
        **row,
        "_links": drawing.link(f"{call.base}/api/v4/{TALKS}/{row['talk_id']}"),
        "_embedded": {
            "contacts": [drawing.reference(CONTACTS, row["contact_id"], call.base)],
            "leads": [drawing.reference(LEADS, number, call.base) for number in leads],
        },
    }


def many(call: Call) -> Reply:
    """All of them, or those of a contact."""
    table = call.account.tables[TALKS]
    contacts = {forms.number(one) for one in forms.values(forms.mapping(call.query.get("filter")).get("contact_id"))}
    rows = [table.row(number) for number in table.ids if not contacts or table.value(number, "contact_id") in contacts]
    page, limit = lists.numbers(call.query, lists.USUAL, lists.MOST)
    shown = [_shown(call, row) for row in rows[(page - 1) * limit : page * limit]]
    if not shown:
        return nothing()
    links = {"self": href(call, page, limit)}
    if page * limit < len(rows):
        links["next"] = href(call, page + 1, limit)
    return hal(drawing.listed(TALKS, shown, links, page))


def _existing(call: Call) -> Row:
    row = call.account.tables[TALKS].get(forms.number(call.way[1]))
    if row is None:
        raise refusals.not_there()
    return row


def one(call: Call) -> Reply:
    return hal(_shown(call, _existing(call)))


def close(call: Call) -> Reply:
    """https://developers.kommo.com/reference/close-conversation. No bot asks for a mark here: it is closed at once."""
    row = _existing(call)
    call.account.talked({**row, "is_in_work": False, "updated_at": int(call.account.clock.now())})
    call.account.wrote += 1
    return Reply(status=202)


METHODS: Methods = {("GET", TALKS): many, ("GET", f"{TALKS}/*"): one, ("POST", f"{TALKS}/*/close"): close}
