"""The process that sends one message: an order as JSON on the standard input (`url`, `title`, `body`).

Exit code 0 when it has arrived. Else it says why, without anything of the address in which passwords stand.
"""

import contextlib
import io
import json
import logging
import re
import sys
from typing import Final

_SHORTEST: Final = 4
_LONGEST: Final = 300
_KNOWN: Final = frozenset({"mailto", "mailtos", "https", "http", "json", "jsons", "tgram", "smtp"})


def main() -> int:
    order = json.loads(sys.stdin.read())
    try:
        import apprise  # noqa: PLC0415 - an extra; this process is all that needs it
    except ImportError:
        return _said("apprise is not installed: install interaction-hub[notices]", 3)
    heard = io.StringIO()
    logging.getLogger("apprise").addHandler(logging.StreamHandler(heard))
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        line = apprise.Apprise()
        if not line.add(order["url"]):
            return _said("the address in [notices] url is none that apprise knows", 2)
        arrived = line.notify(title=order["title"], body=order["body"], body_format=apprise.NotifyFormat.TEXT)
    if arrived:
        return 0
    said = [text for text in heard.getvalue().splitlines() if text.strip()]
    return _said(without(order["url"], said[-1] if said else "it was not accepted"), 1)


def without(url: str, text: str) -> str:
    """The text with every part of the address masked."""
    parts = {part for part in re.split(r"[^\w.-]+", url) if len(part) >= _SHORTEST} - _KNOWN
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "•••")
    return text


def _said(text: str, code: int) -> int:
    sys.__stdout__ and sys.__stdout__.write(f"{text[:_LONGEST]}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
