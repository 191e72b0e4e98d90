"""What no page of the vendor says, and how the simulator has it. A real account may be asked about each."""

from hub.simulators.assumptions import Assumption

ASSUMPTIONS = (
    Assumption(name="range-inclusive", text="`filter[updated_at][from]` and `[to]` include both ends", ask="leads"),
    Assumption(name="limit-too-large", text="a `limit` over 250 falls back to 50 without an error", ask="leads?limit=251"),
    Assumption(name="default-order", text="without `order` lists are by id, upwards", ask="leads"),
    Assumption(name="order-ties", text="rows that are equal in the order asked for come in any order", ask="leads?order[updated_at]=asc"),
    Assumption(name="events-limit", text="a page of events has at most 100", ask="events?limit=250"),
    Assumption(name="events-order", text="events come newest first", ask="events"),
    Assumption(name="past-the-end", text="a page past the end is 204, as is an id that is not there", ask="leads?page=100000"),
    Assumption(name="whole-write", text="one wrong entity of a write and nothing of it is written"),
    Assumption(name="ban", text="after ten 429 within a minute every call from the address is 403 with a page of nginx, for an hour"),
    Assumption(name="retry-after", text="429 bears no Retry-After"),
    Assumption(name="not-modified", text="`If-Modified-Since` on leads, contacts, companies and tasks is answered 304 when nothing of the list is newer", ask="leads"),
    Assumption(name="notes-leave-the-card", text="a new note does not touch `updated_at` of its card"),
    Assumption(name="only-deleted", text="`with=only_deleted` lists id, updated_at, account_id and is_deleted of what lies in the bin", ask="leads?with=only_deleted"),
    Assumption(name="legal-entity", text="a field of type legal_entity has vat_id and kpp in its value", ask="companies/custom_fields"),
    Assumption(name="invoice-fields", text="elements of the catalog of type invoices have BILL_STATUS, BILL_PRICE, BILL_PAYMENT_DATE and PAYER", ask="catalogs"),
    Assumption(name="merge", text="a merged card vanishes; the event entity_merged is of the one that is left and names no other", ask="events/types"),
    Assumption(name="refresh-dies-at-once", text="a refresh token is dead as soon as it was answered, whether the answer arrived or not"),
    Assumption(name="window", text="seven requests in any second from one address; the eighth is 429"),
    Assumption(name="clock", text="the header Date of every answer is the clock that updated_at is written by", ask="account"),
    Assumption(name="tasks-by-change", text="tasks can be filtered by updated_at, and not ordered by it", ask="tasks?filter[updated_at][from]=1"),
    Assumption(name="descending", text="leads, contacts, companies, customers and notes can be ordered by updated_at downwards", ask="leads?order[updated_at]=desc"),
    Assumption(name="purchases-change-customers", text="a purchase touches `updated_at` of its customer", ask="customers/transactions"),
    Assumption(name="purchases-none", text="no purchases at all are a 404 that says so, and not a 204", ask="customers/transactions"),
    Assumption(name="unsorted-passes", text="what was accepted or declined is no longer listed as unsorted", ask="leads/unsorted"),
    Assumption(name="unsorted-clients", text="an unsorted lead names its contacts and companies under _embedded", ask="leads/unsorted"),
    Assumption(name="meeting-begins", text="a task that has a duration begins at complete_till", ask="tasks?filter[task_type]=2"),
)  # fmt: skip
