"""What a portal calls its pipelines, stages and the values of lists: the names behind the codes that objects hold."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from hub_crm_bitrix.client import Portal
from hub_crm_bitrix.kinds import DEAL, FIRST_PROCESS, INVOICE, LEAD, QUOTE
from hub_crm_bitrix.questions import Command, Walk
from hub_crm_bitrix.values import identity, row, rows, text

_WITH_PIPELINES: Final = (DEAL, INVOICE)


@dataclass(frozen=True, slots=True)
class Words:
    """`stages`: code -> name and how it ends ("S" won, "F" lost); `pipelines`: id -> name; `labels`: code of a custom
    field -> value -> what a list shows for it.
    """

    stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pipelines: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        said = orjson.dumps([self.stages, self.pipelines, self.labels], option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(said, digest_size=8).hexdigest()


def words_of(portal: Portal, kind: int, fields: Iterable[str]) -> Words:
    """The words of a kind of objects; `fields` are the codes of the custom fields that are wanted."""
    pipelines = _pipelines(portal, kind) if kind in _WITH_PIPELINES or kind >= FIRST_PROCESS else {}
    directories = [name for name in _directories(kind, pipelines) if name]
    walks = [
        Walk(method="crm.status.list", id="ID", filter={"ENTITY_ID": name}, newest_first=False, counts=True)
        for name in directories
    ]
    stages: dict[str, Mapping[str, str]] = {}
    for one in (one for found in portal.walks(walks) for one in found):
        stages[text(one.get("STATUS_ID"))] = {"name": text(one.get("NAME")), "ends": _ends(one)}
    return Words(stages, pipelines, _labels(portal, kind, frozenset(fields)))


def _pipelines(portal: Portal, kind: int) -> Mapping[str, str]:
    answer = portal.call(Command("crm.category.list", {"entityTypeId": kind}))
    found = rows(row(answer.result).get("categories"))
    return {str(identity(one.get("id"))): text(one.get("name")) for one in found}


def _directories(kind: int, pipelines: Iterable[str]) -> Sequence[str]:
    """The directories that hold the stages of a kind (https://apidocs.bitrix24.com/api-reference/crm/status/)."""
    match kind:
        case int() if kind == LEAD:
            return ["STATUS"]
        case int() if kind == QUOTE:
            return ["QUOTE_STATUS"]
        case int() if kind == DEAL:
            return [f"DEAL_STAGE_{one}" if one != "0" else "DEAL_STAGE" for one in dict.fromkeys(("0", *pipelines))]
        case int() if kind == INVOICE:
            return [f"SMART_INVOICE_STAGE_{one}" for one in pipelines]
        case int() if kind >= FIRST_PROCESS:
            return [f"DYNAMIC_{kind}_STAGE_{one}" for one in pipelines]
        case _:
            return []


def _ends(stage: Mapping[str, Any]) -> str:
    """`S` and `F` as the row says; older rows say it only in words."""
    said = text(stage.get("SEMANTICS")) or text(row(stage.get("EXTRA")).get("SEMANTICS"))
    return {"success": "S", "failure": "F", "apology": "F"}.get(said, said if said in ("S", "F") else "")


def _labels(portal: Portal, kind: int, fields: frozenset[str]) -> Mapping[str, Mapping[str, str]]:
    if not fields:
        return {}
    answer = portal.call(Command("crm.item.fields", {"entityTypeId": kind, "useOriginalUfNames": "Y"}))
    known = row(row(answer.result).get("fields"))
    return {code: labels for code in sorted(fields) if (labels := _values(row(known.get(code))))}


def _values(described: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(identity(one.get("ID"))): text(one.get("VALUE")) for one in rows(described.get("items"))}
