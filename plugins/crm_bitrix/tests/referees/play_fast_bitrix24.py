"""fast-bitrix24, a client of its own making. Steps: webhook, verb, arguments."""

import asyncio
import json
import sys

from fast_bitrix24 import BitrixAsync


async def play(steps):
    told = {}
    for name, (webhook, verb, *arguments) in steps.items():
        portal = BitrixAsync(webhook, verbose=False)
        try:
            told[name] = {"result": await getattr(portal, verb)(*arguments)}
        except Exception as error:
            told[name] = {"raised": type(error).__name__, "said": str(error)}
    return told


print(json.dumps(asyncio.run(play(json.load(sys.stdin))), default=str))
