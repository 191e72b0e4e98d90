"""Errors in the vendor's words: https://developers.kommo.com/reference/kommo-api-errors and the pages of each method."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson

from hub.simulators.serving import Reply

PROBLEM = "application/problem+json"


class Refusal(Exception):
    """Raised where a call ends; `body` is what the client reads."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        title = HTTPStatus(status).phrase
        self.body = {
            **more,
            "title": title,
            "type": f"https://httpstatus.es/{status}",
            "status": status,
            "detail": detail,
        }

    @property
    def reply(self) -> Reply:
        return Reply(status=self.status, body=orjson.dumps(self.body), type=PROBLEM)


def unauthorized() -> Refusal:
    return Refusal(401, "Invalid user name or password")


def forbidden() -> Refusal:
    return Refusal(403, "You do not have permission to view this resource")


def unpaid() -> Refusal:
    return Refusal(402, "Account is not paid")


def not_there() -> Refusal:
    return Refusal(404, "Requested resource was not found")


def too_many() -> Refusal:
    return Refusal(429, "Too many requests")


def wrong_method() -> Refusal:
    return Refusal(405, "Method not allowed")


def not_the_shape(wanted: str) -> Refusal:
    return Refusal(400, f"Request body must be {wanted}")


def invalid(mistakes: Sequence[tuple[str, str, str, str]]) -> Refusal:
    """Mistakes as (request id, code, path, words); told together by request."""
    errors: dict[str, list[dict[str, str]]] = {}
    for request, code, path, words in mistakes:
        errors.setdefault(request, []).append({"code": code, "path": path, "detail": words})
    told = [{"request_id": request, "errors": each} for request, each in errors.items()]
    return Refusal(400, "Request validation failed", **{"validation-errors": told})
