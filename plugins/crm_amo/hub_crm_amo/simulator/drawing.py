"""Rows as the API shows them: with links, and with what `with` asks for. https://developers.kommo.com/reference/kommo-api-hal"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hub_crm_amo.simulator.directories import loss_reasons
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, CUSTOMERS, EVENTS, LEADS

if TYPE_CHECKING:
    from hub_crm_amo.simulator.account import Account

Row = dict[str, Any]
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_SHOWN = {
    LEADS: (CONTACTS,),
    CONTACTS: (LEADS, CUSTOMERS),
    COMPANIES: (CONTACTS, LEADS, CUSTOMERS),
    CUSTOMERS: (CONTACTS,),
}
_ALWAYS = {LEADS: (COMPANIES,), CONTACTS: (COMPANIES,), CUSTOMERS: (COMPANIES,)}


def link(href: str) -> Row:
    return {"self": {"href": href}}


def entity(account: "Account", kind: str, row: Row, base: str, wanted: frozenset[str]) -> Row:
    """A lead, contact, company or customer."""
    shown = {name: value for name, value in row.items() if not name.startswith("_")}
    embedded: Row = {"tags": row["_tags"]}
    for other in _ALWAYS.get(kind, ()):
        embedded[other] = [reference(other, number, base) for number in row.get(f"_{other}", ())]
    for other in _SHOWN[kind]:
        if other in wanted:
            embedded[other] = _others(account, kind, row, other, base)
    if "catalog_elements" in wanted:
        embedded["catalog_elements"] = []
    if kind == LEADS:
        _more_of_a_lead(account, row, shown, embedded, wanted)
    return {**shown, "_links": link(f"{base}/api/v4/{kind}/{row['id']}"), "_embedded": embedded}


def _others(account: "Account", kind: str, row: Row, other: str, base: str) -> list[Row]:
    found = row[f"_{other}"] if f"_{other}" in row else account.referring(other, kind, row["id"])
    made = [reference(other, number, base) for number in found]
    if kind == LEADS and other == CONTACTS:
        return [one | {"is_main": place == 0} for place, one in enumerate(made)]
    return made


def _more_of_a_lead(account: "Account", row: Row, shown: Row, embedded: Row, wanted: frozenset[str]) -> None:
    if "loss_reason" in wanted:
        embedded["loss_reason"] = [one for one in loss_reasons(account.world) if one["id"] == row["loss_reason_id"]]
    if "source_id" in wanted:
        shown["source_id"] = None
    if "is_price_modified_by_robot" in wanted:
        shown["is_price_modified_by_robot"] = False


def reference(kind: str, number: int, base: str) -> Row:
    return {"id": number, "_links": link(f"{base}/api/v4/{kind}/{number}")}


def plain(kind: str, row: Row, base: str, by: str = "id") -> Row:
    """A task, a note, a member of a directory, which is asked for `by` that."""
    return {**row, "_links": link(f"{base}/api/v4/{kind}/{row[by]}")}


def pipeline(row: Row, base: str) -> Row:
    """With its stages, each with a link of its own."""
    stages = [stage(one, base) for one in row["_embedded"]["statuses"]]
    return {**plain("leads/pipelines", row, base), "_embedded": {"statuses": stages}}


def stage(row: Row, base: str) -> Row:
    return plain(f"leads/pipelines/{row['pipeline_id']}/statuses", row, base)


def field(row: Row, kind: str, base: str) -> Row:
    return plain(f"{kind}/custom_fields", {**row, "entity_type": kind}, base)


def note(kind: str, row: Row, base: str) -> Row:
    entities = kind.partition("/")[0]
    return {**row, "_links": link(f"{base}/api/v4/{entities}/{row['entity_id']}/notes/{row['id']}")}


def element(row: Row, base: str) -> Row:
    return {**row, "_links": link(f"{base}/api/v4/catalogs/{row['catalog_id']}/elements/{row['id']}"), "_embedded": {}}


def purchase(row: Row, base: str) -> Row:
    of = {"customer": reference(CUSTOMERS, row["customer_id"], base), "catalog_elements": []}
    return {**row, "_links": link(f"{base}/api/v4/customers/transactions/{row['id']}"), "_embedded": of}


def unsorted(row: Row, base: str) -> Row:
    """By its uid; the lead that is made of it has no number yet."""
    shown = {
        name: value for name, value in row.items() if name not in ("id", "is_deleted", "updated_at") and name[0] != "_"
    }
    of = {kind: [reference(kind, number, base) for number in row[f"_{kind}"]] for kind in (CONTACTS, COMPANIES)}
    return {**shown, "_links": link(f"{base}/api/v4/leads/unsorted/{row['uid']}"), "_embedded": {**of, "leads": []}}


def event(row: Row, base: str) -> Row:
    id_ = event_id(row["created_at"], row["id"])
    entities = {"lead": LEADS, "contact": CONTACTS, "company": COMPANIES}.get(row["entity_type"], CUSTOMERS)
    of = reference(entities, row["entity_id"], base)
    return {**row, "id": id_, "_links": link(f"{base}/api/v4/{EVENTS}/{id_}"), "_embedded": {"entity": of}}


def event_id(at: int, number: int) -> str:
    """26 letters that sort by time, as a ULID does."""
    return _letters(at * 1000, 10) + _letters(number, 16)


def event_number(id_: str) -> int:
    """The row that an id tells of; 0 for none."""
    try:
        return sum(_CROCKFORD.index(letter) * 32**place for place, letter in enumerate(reversed(id_[10:26])))
    except ValueError:
        return 0


def _letters(number: int, width: int) -> str:
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(width)))


def listed(name: str, rows: Iterable[Any], links: Mapping[str, str], page: int | None, **more: Any) -> Row:
    """A list: `page` is None for those that have no pages."""
    head: Row = {} if page is None else {"_page": page}
    return {
        **more,
        **head,
        "_links": {key: {"href": href} for key, href in links.items()},
        "_embedded": {name: list(rows)},
    }
