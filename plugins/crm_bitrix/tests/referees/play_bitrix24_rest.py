"""bitrix24-rest: everything by GET, with nested parameters in the query. Steps: webhook, method, parameters."""

import asyncio
import json
import sys

from bitrix24 import Bitrix24


async def play(steps):
    told = {}
    for name, (webhook, method, params) in steps.items():
        try:
            told[name] = {"result": await Bitrix24(webhook, retry_after=1).callMethod(method, params)}
        except Exception as error:
            told[name] = {"raised": type(error).__name__, "said": str(error), "code": getattr(error, "code", None)}
    return told


print(json.dumps(asyncio.run(play(json.load(sys.stdin))), default=str))
