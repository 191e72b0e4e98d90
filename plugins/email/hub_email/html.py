"""HTML to text: linear, without recursion, whatever the HTML.

No tree is built, on purpose: mail needs its words in order, and tree builders have quadratic corners that a cap on
bytes or depth does not close (many attributes in one tag, for one). Every tag becomes a mark of what it does to the
lines, block elements start one, quoted blocks are told by "> " as plain mail tells them, and what a reader would not
see is left out.
"""

import re
from html import unescape

from hub_email import caps

_ATTRIBUTES = r"[^<>\"']*+(?:(?:\"[^\"<]*+\"|'[^'<]*+'|[\"'])[^<>\"']*+)*"
_TAG = re.compile(rf"<(/?[a-zA-Z][a-zA-Z0-9:]*+){_ATTRIBUTES}>?|<[!?/][^<>]*+>?")
_OPENING = re.compile(rf"<([a-zA-Z][a-zA-Z0-9:]*+){_ATTRIBUTES}>?")
_UNSEEN = re.compile(
    r"<(?:!--(?:-?>|.*?(?:-->|\Z))"
    r"|(script|style|title|noframes|template|textarea|xml)\b.*?(?:</\1\s*>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
_HIDDEN = re.compile(r"(?:display|mso-hide)\s*+:\s*+(?:none|all)")
_PREFORMATTED = re.compile(r"<pre\b.*?(?:</pre\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}(?![0-9])|#[xX][0-9a-fA-F]{1,7}(?![0-9a-fA-F])|[a-zA-Z][a-zA-Z0-9]{1,30});?")
_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_DEEPEST_QUOTE = 20

_QUOTE, _END_QUOTE, _PARAGRAPH = "\x01", "\x02", "\x03"
_LINES = """address article aside body br center dd div dl dt fieldset figure footer form head header hr html li main nav
    option section tbody tfoot thead tr"""
_PARAGRAPHS = "p h1 h2 h3 h4 h5 h6 ul ol table pre"
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"})
_MARKS = {
    **{slash + tag: "\n" for tag in _LINES.split() for slash in ("", "/")},
    **{slash + tag: f"\n{_PARAGRAPH}\n" for tag in _PARAGRAPHS.split() for slash in ("", "/")},
    **{slash + tag: " " for tag in ("td", "th") for slash in ("", "/")},
    "blockquote": f"\n{_PARAGRAPH}\n{_QUOTE}\n",
    "/blockquote": f"\n{_END_QUOTE}\n{_PARAGRAPH}\n",
}


def html_text(html: str) -> str:
    """The visible text of HTML, of its first `caps.HTML` characters."""
    for mark in (_QUOTE, _END_QUOTE, _PARAGRAPH, "\0"):
        html = html.replace(mark, " ")
    html = _UNSEEN.sub("", html[: caps.HTML])
    lower = html.lower()
    if "display" in lower or "mso-hide" in lower:
        html = _without_hidden(html, lower)
    if "<pre" in lower:
        html = _PREFORMATTED.sub(lambda found: found[0].replace("\n", "<br>"), html)
    marked = _TAG.sub(_mark, " ".join(html.split()))
    if "&" in marked:
        marked = _ENTITY.sub(lambda found: unescape(found[0]), marked)
    return "\n".join(_lines(marked)).strip()


def declared_charset(data: bytes) -> str:
    """The charset that the HTML itself names, "" without one."""
    match = _CHARSET.search(data, 0, 2048)
    return match[1].decode("ascii") if match else ""


def _mark(found: re.Match[str]) -> str:
    tag = found[1]
    return _MARKS.get(tag) or _MARKS.get(tag.lower(), "") if tag else ""


def _lines(marked: str) -> list[str]:
    lines: list[str] = []
    quotes = 0
    gap = False
    for line in marked.split("\n"):
        words = " ".join(line.split())
        if words == _PARAGRAPH:
            gap = True
        elif words == _QUOTE:
            quotes = min(quotes + 1, _DEEPEST_QUOTE)
        elif words == _END_QUOTE:
            quotes = max(quotes - 1, 0)
        elif words:
            if gap and lines:
                lines.append("")
            lines.append("> " * quotes + words)
            gap = False
    return lines


def _without_hidden(html: str, lower: str) -> str:
    """Without the elements whose style says that they are not shown, each up to its own end."""
    kept: list[str] = []
    at = after = 0
    for found in _HIDDEN.finditer(lower) if len(lower) == len(html) else ():
        start = html.rfind("<", after, found.start())
        opening = _OPENING.match(html, start) if start >= 0 else None
        after = max(after, found.end())
        if opening and opening.end() > found.start():
            kept.append(html[at:start])
            tag = opening[1].lower()
            at = after = opening.end() if tag in _VOID else _end_of(tag, html, opening.end())
    kept.append(html[at:])
    return "".join(kept)


def _end_of(tag: str, html: str, at: int) -> int:
    """Where the element opened before `at` ends: after its closing tag, those of its name inside counted."""
    depth = 1
    for found in re.compile(rf"<(/?){re.escape(tag)}\b[^<>]*+>?", re.IGNORECASE).finditer(html, at):
        depth += -1 if found[1] else 1
        if depth == 0:
            return found.end()
    return len(html)
