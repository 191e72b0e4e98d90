"""What this connector, and the simulated account in its place, take for granted though no page of the vendor says so, or two say
differently. `hub doctor NAME --assumptions` tells them, and asks the account where a question that only reads will do.
"""

from typing import Final

import hub
from hub_crm_amo import trying
from hub_crm_amo.trying import Try


def _of(name: str, text: str, holds: Try | None = None) -> hub.Assumption:
    return hub.Assumption(name=name, text=text, holds=None if holds is None else lambda source: holds(source.account))


ASSUMPTIONS: Final = (
    # --- pages, order, filters ---
    _of("range-inclusive", hub.sentence("`filter[updated_at][from]` and `[to]` include both ends"), trying.inclusive),
    _of("limit-too-large", hub.sentence("a `limit` over 250 falls back to 50 without an error"), trying.too_large),
    _of("default-order", hub.sentence("without `order` lists are by id, upwards"), trying.default_order),
    _of("order-ties", hub.sentence("rows that are equal in the order asked for come in any order")),
    _of("descending", hub.sentence("leads, contacts, companies and notes can be ordered by updated_at downwards"), trying.descending),
    _of("events-limit", hub.sentence("a page of events has at most 100"), trying.events_limit),
    _of("events-order", hub.sentence("events come newest first"), trying.events_order),
    _of("tasks-by-change", hub.sentence("tasks can be filtered by updated_at"), trying.tasks_by_change),
    _of("past-the-end", hub.sentence("a page past the end is empty and no error"), trying.past_the_end),
    _of("not-modified", hub.sentence("`If-Modified-Since` on leads, contacts, companies and tasks is answered 304 when nothing of the list is newer")),
    # --- rows ---
    _of("clock", hub.sentence("the header Date of every answer is the clock that updated_at is written by"), trying.clock),
    _of("legal-entity", hub.sentence("a field of type legal_entity has the INN in vat_id"), trying.legal_entity),
    _of("invoice-fields", hub.sentence("the catalog of invoices has the fields BILL_STATUS, BILL_PRICE and PAYER"), trying.invoice_fields),
    _of("meeting-begins", hub.sentence("a task that has a duration begins at complete_till")),
    _of("unsorted-clients", hub.sentence("what waits to be sorted names its contacts and companies"), trying.unsorted_clients),
    # --- changes ---
    _of("only-deleted", hub.sentence("`with=only_deleted` lists what lies in the bin, and nothing else"), trying.only_deleted),
    _of("merge", hub.sentence("a merged card vanishes; the event entity_merged is of the one that is left"), trying.merged),
    _of("notes-leave-the-card", hub.sentence("a new note does not touch updated_at of its card")),
    _of("purchases-change-customers", hub.sentence("a purchase touches updated_at of its customer"), trying.purchases),
    _of("purchases-none", hub.sentence("no purchases at all are a 404, and not an empty list"), trying.no_purchases),
    _of("unsorted-passes", hub.sentence("what was accepted or declined is no longer listed as unsorted")),
    _of("whole-write", hub.sentence("one wrong entity of a write and nothing of it is written")),
    _of("webhook-settings", hub.sentence("a webhook that asks for an event of another name is refused; the pages differ on tasks, customers and unsorted leads, and all are taken")),
    _of("talks-list", hub.sentence("talks are listed at /talks, all or by filter[contact_id], though the pages tell of single ones only")),
    _of("talk-hooks", hub.sentence("a webhook tells of a talk with the fields that it has in the list, under talk[update][0], with 1 and 0 for yes and no")),
    _of("talks-are-chats", hub.sentence("a chat that waits to be sorted is a talk, and is about the lead once it was accepted")),
    _of("fields-without-group", hub.sentence("fields whose group is deleted, and those that name none, are in the group `default`")),
    # --- limits and tokens ---
    _of("window", hub.sentence("seven requests in any second from one address; the eighth is 429")),
    _of("ban", hub.sentence("after ten 429 within a minute every call from the address is 403 with a page of nginx, for an hour")),
    _of("retry-after", hub.sentence("429 bears no Retry-After")),
    _of("refresh-dies-at-once", hub.sentence("a refresh token is dead as soon as it was answered, whether the answer arrived or not")),
)  # fmt: skip
