"""What an account calls its pipelines, stages and types of tasks: the names behind the numbers that objects hold."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from hub_crm_amo.client import Account
from hub_crm_amo.kinds import stage
from hub_crm_amo.questions import List
from hub_crm_amo.values import embedded, identity, row, text

_OFF: Final = frozenset({"", "disabled", "unavailable"})


@dataclass(frozen=True, slots=True)
class Words:
    """`stages`: "pipeline/status" -> name of the pipeline, name of the stage; `customers`: status of a customer -> name;
    `tasks`: type of a task -> name. `has_customers` tells whether the account keeps customers at all, `has_unsorted` whether
    what comes in waits for somebody to sort it.
    """

    stages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    has_customers: bool = False
    has_unsorted: bool = False

    @property
    def digest(self) -> str:
        said = orjson.dumps([self.stages, self.customers, self.tasks, self.currency], option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(said, digest_size=8).hexdigest()


def words_of(account: Account) -> Words:
    """The words of an account: two questions, a third where it keeps customers."""
    about = row(account.get("account", {"with": "task_types"}))
    stages = {
        stage(pipeline.get("id"), status.get("id")): (text(pipeline.get("name")), text(status.get("name")))
        for page in account.whole(List(path="leads/pipelines", under="pipelines", by_id=False))
        for pipeline in page
        for status in embedded(pipeline, "statuses")
    }
    has_customers = text(about.get("customers_mode")) not in _OFF
    return Words(
        stages=stages,
        customers=_statuses(account) if has_customers else {},
        tasks={str(identity(one.get("id"))): text(one.get("name")) for one in embedded(about, "task_types")},
        currency=text(about.get("currency")),
        has_customers=has_customers,
        has_unsorted=about.get("is_unsorted_on") is not False,
    )


def _statuses(account: Account) -> Mapping[str, str]:
    listed = List(path="customers/statuses", under="statuses", by_id=False)
    return {str(identity(one.get("id"))): text(one.get("name")) for page in account.whole(listed) for one in page}
