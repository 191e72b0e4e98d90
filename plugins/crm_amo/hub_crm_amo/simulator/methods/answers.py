"""What methods answer with."""

from typing import Any

import orjson

from hub.simulators.serving import Reply

HAL = "application/hal+json"


def hal(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=orjson.dumps(body), type=HAL)


def nothing() -> Reply:
    """An empty list, a page past the end, and in most places an id that is not there."""
    return Reply(status=204)
