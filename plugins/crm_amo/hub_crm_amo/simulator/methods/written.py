"""What methods that write have in common: what they take, what they refuse, and rows that are answered whole."""

from collections.abc import Iterable, Sequence
from typing import Any

from hub.simulators.serving import Reply
from hub_crm_amo.simulator import refusals, writing
from hub_crm_amo.simulator.calls import Call
from hub_crm_amo.simulator.methods.answers import hal

Row = dict[str, Any]
Mistake = tuple[str, str, str, str]


def choice(given: Row, place: int, path: str) -> Mistake:
    return (
        writing.request_id(given, place),
        "NotSupportedChoice",
        path,
        "The value you selected is not a valid choice.",
    )


def checked(mistakes: Iterable[Mistake]) -> None:
    if found := list(mistakes):
        raise refusals.invalid(found)


def allowed(call: Call) -> None:
    if call.user != 1:  # the only administrator of a seeded account
        raise refusals.forbidden()


def whole(call: Call, name: str, rows: Sequence[Row], given: Sequence[Row]) -> Reply:
    """Rows whole, each with its `request_id`."""
    made = [
        row | {"request_id": writing.request_id(one, place)}
        for place, (row, one) in enumerate(zip(rows, given, strict=True))
    ]
    call.account.wrote += len(made)
    return hal({"_total_items": len(made), "_embedded": {name: made}})


def an_object(call: Call) -> Row:
    if not isinstance(call.body, dict):
        raise refusals.not_the_shape("an object")
    return call.body


def of_id(rows: Iterable[Row], number: int) -> Row:
    for row in rows:
        if row["id"] == number:
            return row
    raise refusals.not_there()
