"""Pipelines of deals by their older methods, `crm.dealcategory.*`: the same as those of `crm.category.*`, all but the common one.

https://apidocs.bitrix24.com/api-reference/crm/outdated/category-old/index.html. One that is deleted is only locked. Anybody may change them here.
"""

from collections.abc import Callable, Mapping
from functools import partial

from hub.simulators import forms
from hub.simulators.tables import Row, Table
from hub_crm_bitrix.simulator import lists, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import DEAL
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.lists import Finder, Wanted
from hub_crm_bitrix.simulator.methods import words
from hub_crm_bitrix.simulator.methods.lists import LISTS, answered, selected
from hub_crm_bitrix.simulator.refusals import old

_KINDS: Mapping[str, Kind] = {
    "ID": "number", "CREATED_DATE": "moment", "NAME": "text", "IS_LOCKED": "text", "SORT": "number",
}  # fmt: skip


def _shown(call: Call, row: Row) -> Row:
    portal = call.portal
    return {
        "ID": str(row["id"]), "SORT": str(row["sort"]), "NAME": row["name"],
        "CREATED_DATE": portal.pipelines_made.get(row["id"]) or moments.written(portal.world.created(DEAL, 0)),
        "IS_LOCKED": "Y" if row in portal.pipelines_removed else "N",
    }  # fmt: skip


def list_pipelines(call: Call) -> Answer:
    call.need("crm")
    filter_, portal = call.map("filter"), call.portal
    if forms.text(filter_.get("IS_LOCKED")).upper() == "Y":  # by the page's sample that asks for all of them
        del filter_["IS_LOCKED"]
    every = [*portal.categories[DEAL], *(one for one in portal.pipelines_removed if one["entityTypeId"] == DEAL)]
    table = Table.of([_shown(call, one) for one in every if one["isDefault"] == "N"])
    page = Finder(table).page(Wanted(
        filter=filter_, order=call.map("order"), start=call.number("start"), columns=lists.of(_KINDS), by_default=(),
    ))  # fmt: skip
    rows = [selected(table.row(number), call.names("select")) for number in page.ids]
    return Answer(result=rows, total=page.total, next=page.next, rows=len(rows))


def _existing(call: Call) -> Row:
    call.need("crm")
    number = call.number("id")
    if number <= 0:
        raise old("ID is not defined or invalid.")
    for one in call.portal.categories[DEAL]:
        if one["id"] == number:
            return one
    raise old("Not found")


def get(call: Call) -> Answer:
    return Answer(result=_shown(call, _existing(call)))


def add(call: Call) -> Answer:
    """Answers the id."""
    call.need("crm")
    given = _given(call)
    return Answer(result=words.new_category(call, DEAL, given.get("name"), given.get("sort"))["id"], wrote=True)


def update(call: Call) -> Answer:
    words.changed_category(call, _existing(call), _given(call))
    return Answer(result=True, wrote=True)


def delete(call: Call) -> Answer:
    words.remove_category(call, _existing(call))
    return Answer(result=True, wrote=True)


def _given(call: Call) -> Row:
    return {name.lower(): value for name, value in call.map("fields").items()}


def default(call: Call) -> Answer:
    call.need("crm")
    common = next(one for one in call.portal.categories[DEAL] if one["isDefault"] == "Y")
    return Answer(result={"ID": common["id"], "NAME": common["name"]})


def status(call: Call) -> Answer:
    """The directory of its stages, whether there is such a pipeline or not."""
    call.need("crm")
    return Answer(result=_stages(call))


def _stages(call: Call) -> str:
    number = call.number("id")
    return f"DEAL_STAGE_{number}" if number > 0 else "DEAL_STAGE"


def stages(call: Call) -> Answer:
    """As `crm.status.list` of what `crm.dealcategory.status` answers: none where there is no such pipeline."""
    call.need("crm")
    return answered(LISTS["crm.status.list"], call, {"ENTITY_ID": _stages(call)}, call.map("order"))


_TOLD = (
    ("ID", "integer", "r", "ID"), ("CREATED_DATE", "datetime", "r", "Дата создания"), ("NAME", "string", "*", "Название"),
    ("IS_LOCKED", "char", "r", "Заблокировано"), ("SORT", "integer", "", "Сортировка"),
)  # fmt: skip


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.dealcategory.list": list_pipelines, "crm.dealcategory.get": get, "crm.dealcategory.add": add,
    "crm.dealcategory.update": update, "crm.dealcategory.delete": delete, "crm.dealcategory.default.get": default,
    "crm.dealcategory.status": status, "crm.dealcategory.stage.list": stages,
    "crm.dealcategory.fields": partial(words.described, _TOLD),
}  # fmt: skip
