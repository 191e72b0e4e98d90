"""A browser comes back from a sign-in: what it brings is left for the `hub connect` that waits for it.

Nothing of the address is shown or logged, since a code stands in it; who asks without a sign-in that is waited for learns
only that there is none.
"""

import asyncio
import html
from dataclasses import dataclass, field
from time import monotonic

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.engine.arrivals import PATH
from hub.errors import StoreUnusable
from hub.i18n import _, using
from hub.store import callbacks
from hub.web.rates import Allowance
from hub.web.served import Served

__all__ = ["PATH", "Arrivals"]
_LONGEST = 4_000


@dataclass(slots=True)
class Arrivals:
    served: Served
    _allowance: Allowance = field(default_factory=lambda: Allowance(5.0, 50.0, monotonic))

    async def answer(self, request: Request) -> Response:
        if not self._allowance.take():
            return HTMLResponse("Too Many Requests", 429, headers={"retry-after": "10"})
        said, brought = request.query_params, f"?{request.url.query}"
        is_answer = "state" in said and ("code" in said or "error" in said) and len(brought) <= _LONGEST
        try:
            found = is_answer and await asyncio.to_thread(self._bring, said["state"], brought)
        except StoreUnusable:
            return self._page(503, is_expected=False)
        return self._page(200, is_expected=True) if found else self._page(400, is_expected=False)

    def _bring(self, state: str, brought: str) -> bool:
        with self.served.store() as store, store.write() as tx:
            return callbacks.bring(tx, state, brought, self.served.now.milliseconds())

    def _page(self, status: int, *, is_expected: bool) -> Response:
        with using(self.served.config.company.language):
            if is_expected:
                text = _("Done. You may close this page; the rest happens where hub connect was called.")
            else:
                text = _("This is not the sign-in that was begun. Open the address that hub connect shows.")
        return HTMLResponse(
            f"<!doctype html><meta charset=utf-8><title>interaction-hub</title><p>{html.escape(text)}</p>", status
        )
