"""Webhooks: https://developers.kommo.com/docs/webhooks-general, /docs/webhooks-format

A form, everything in it text; one change may give both `update` and `status`. Answered within two seconds by 100 to 299, or
tried again after 5, 15, 15 and 60 minutes; then given up, and switched off when a hundred of them failed within two hours.
"""

import http.client
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, LEADS

AGAIN = (300, 900, 900, 3600)
_FAILED, _WITHIN = 100, 7200
_LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(kw_only=True)
class Delivery:
    """A hook on its way. `tried` counts the answers that did not come."""

    destination: str
    form: str
    due: float
    tried: int = 0


@dataclass
class Post:
    """What is still to be delivered; `send` brings what is due, in any order that a test has put it in."""

    waiting: list[Delivery] = field(default_factory=list)
    given_up: list[Delivery] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)
    _failed: dict[str, deque[float]] = field(default_factory=dict)

    def send(self, now: float) -> int:
        """Deliver what is due; returns how many were taken."""
        due = [one for one in self.waiting if one.due <= now]
        self.waiting = [one for one in self.waiting if one.due > now]
        taken = 0
        for one in due:
            if one.destination in self.disabled:
                continue
            if _delivered(one):
                taken += 1
            else:
                self._again(one, now)
        return taken

    def _again(self, one: Delivery, now: float) -> None:
        failed = self._failed.setdefault(one.destination, deque())
        failed.append(now)
        while failed[0] < now - _WITHIN:
            failed.popleft()
        if len(failed) > _FAILED:
            self.disabled.add(one.destination)
        if one.tried >= len(AGAIN):
            self.given_up.append(one)
            return
        one.due, one.tried = now + AGAIN[one.tried], one.tried + 1
        self.waiting.append(one)


def _delivered(one: Delivery) -> bool:
    """Only to this machine: a simulator talks to nobody else."""
    parts = urlsplit(one.destination)
    if parts.hostname not in _LOOPBACK:
        return False
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=2)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, one.form, {"Content-Type": "application/x-www-form-urlencoded"})
        return 100 <= connection.getresponse().status <= 299
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


_TOLD_OF = {
    "add": ("lead", "contact", "company", "customer", "task", "unsorted", "talk", "message", "outgoing_message", "chat_template_review"),
    "update": ("lead", "contact", "company", "customer", "task", "unsorted", "talk"),
    "delete": ("lead", "contact", "company", "customer", "task", "unsorted"),
    "restore": ("lead", "contact", "company"),
    "responsible": ("lead", "contact", "company", "customer", "task"),
    "note": ("lead", "contact", "company", "customer"),
    "status": ("lead",),
}  # fmt: skip
SETTINGS = frozenset(f"{what}_{noun}" for what, nouns in _TOLD_OF.items() for noun in nouns)
"""What a webhook may be asked for: https://www.amocrm.ru/developers/content/crm_platform/webhooks-format"""
_NOUNS = {LEADS: "lead", CONTACTS: "contact", COMPANIES: "company"}


def told(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a change of a card is called: the setting that asks for it, and the key in the form."""
    noun = _NOUNS.get(kind)
    if noun is None:
        return
    if before is None:
        yield f"add_{noun}", "add"
    elif after["is_deleted"] and not before["is_deleted"]:
        yield f"delete_{noun}", "delete"
    elif before["is_deleted"] and not after["is_deleted"]:
        yield f"restore_{noun}", "restore"
    else:
        yield f"update_{noun}", "update"
        if kind == LEADS and (before["status_id"], before["pipeline_id"]) != (after["status_id"], after["pipeline_id"]):
            yield "status_lead", "status"
        if before["responsible_user_id"] != after["responsible_user_id"]:
            yield f"responsible_{noun}", "responsible"


def talk_form(row: Mapping[str, Any], subdomain: str) -> str:
    """A talk as it stands, with 1 and 0 for yes and no."""
    head = "talk[update][0]"
    said = {name: int(value) if isinstance(value, bool) else value for name, value in row.items() if value is not None}
    return urlencode([*((f"{head}[{name}]", value) for name, value in said.items()), *_account(subdomain)])


def _account(subdomain: str) -> list[tuple[str, Any]]:
    return [
        ("account[subdomain]", subdomain),
        ("account[id]", ACCOUNT),
        ("account[_links][self]", f"https://{subdomain}.amocrm.ru"),
    ]


def form(kind: str, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any], subdomain: str) -> str:
    """Companies come under `contacts`, told apart by `type`; custom fields as the API of old had them."""
    head = f"{LEADS if kind == LEADS else CONTACTS}[{key}][0]"
    pairs = [(f"{head}[id]", after["id"])]
    if key != "delete":
        shown = ("name", "price", "status_id", "pipeline_id", "responsible_user_id", "created_at", "updated_at")
        pairs += [(f"{head}[{name}]", after[name]) for name in shown if name in after]
        pairs += [(f"{head}[date_create]", after["created_at"]), (f"{head}[last_modified]", after["updated_at"])]
        pairs += [(f"{head}[account_id]", ACCOUNT)]
        if kind != LEADS:
            pairs.append((f"{head}[type]", _NOUNS[kind]))
        if key == "status" and before:
            pairs += [
                (f"{head}[old_status_id]", before["status_id"]),
                (f"{head}[old_pipeline_id]", before["pipeline_id"]),
            ]
        for place, one in enumerate(after["custom_fields_values"] or ()):
            place_head = f"{head}[custom_fields][{place}]"
            pairs += [(f"{place_head}[id]", one["field_id"]), (f"{place_head}[name]", one["field_name"])]
            pairs += [(f"{place_head}[values][{at}][value]", value["value"]) for at, value in enumerate(one["values"])]
    elif kind == LEADS:
        pairs.append((f"{head}[status_id]", after["status_id"]))
    return urlencode([*pairs, *_account(subdomain)])
