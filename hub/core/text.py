"""What a mail says itself: its text without quotes, signatures and footers; previews, fingerprints and likeness of it.

The original text is kept elsewhere and whole: what is cut here is cut from what people see first and from what is
compared. Where cutting would leave nothing, nothing is cut.
"""

import hashlib
import re
import unicodedata
from typing import Final

from hub.core import quotes

_MOST: Final = 1_000_000
_MOST_COMPARED: Final = 10_000
_LONGEST_SIGNATURE: Final = 40
_LONGEST_FOOTER: Final = 60

_BREAK: Final = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_POSTSCRIPT: Final = re.compile(r"\s*(?:P\.?\s?S\.?|З\.?\s?Ы\.?|ПС)(?:[\s:.,)]|$)")
_WORD: Final = re.compile(r"[^\W_]+")


def visible(text: str) -> str:
    """`text` without quoted text, signatures and footers; `text` itself when nothing would be left.

    Answers between quotes ("> ...") are kept. At most 1,000,000 characters are looked at; time is linear.
    """
    text = text[:_MOST]
    answers = _answers(_BREAK.sub("\n", text).split("\n"))
    for cut in (_without_signature, _trimmed):
        if parts := [part for answer in answers if (part := cut(answer))]:
            return "\n\n".join(parts)
    return text.strip()


def _answers(lines: list[str]) -> list[list[str]]:
    """The runs of lines that are the writer's own."""
    runs: list[list[str]] = [[]]
    for at, line in enumerate(lines):
        head = line.lstrip()
        if head[:1] == ">":
            if runs[-1]:
                runs.append([])
        elif head and line.rstrip()[-1] == ":" and (count := quotes.attribution(lines, at)):
            del runs[-1][len(runs[-1]) - count + 1 :]
            if not _quote_follows(lines, at + 1):
                break
        elif head and (quotes.separator(line) or quotes.headers(lines, at)):
            break
        else:
            runs[-1].append(line)
    return runs


def _quote_follows(lines: list[str], at: int) -> bool:
    for line in lines[at : at + 3]:
        if line.strip():
            return line.lstrip()[0] == ">"
    return False


def _without_signature(lines: list[str]) -> str:
    """A run without what follows the leave-taking or begins a footer; a postscript stays."""
    kept: list[str] = []
    said = False
    at = 0
    while at < len(lines):
        line = lines[at]
        mark = quotes.mark(line) if line else ""
        if _opens_signature(line, mark, len(lines) - at):
            at = _postscript(lines, at + 1)
        elif mark == "footer":
            at = _end_of_footer(lines, at, after_text=said)
        elif mark == "banner":
            at = _end_of_paragraph(lines, at)
        else:
            if mark != "sent_from":
                kept.append(line)
                said = said or not (not line or line.isspace() or quotes.rule(line))
            at += 1
    return _trimmed(kept)


def _opens_signature(line: str, mark: quotes.Mark, left: int) -> bool:
    if line == "-- ":  # RFC 3676 section 4.3
        return True
    return left <= _LONGEST_SIGNATURE and (mark == "closing" or line.strip() in {"--", "—", "–"})


def _postscript(lines: list[str], at: int) -> int:
    return next((after for after in range(at, len(lines)) if _POSTSCRIPT.match(lines[after])), len(lines))


def _end_of_footer(lines: list[str], at: int, *, after_text: bool) -> int:
    """A footer below the text goes on to the end; one above it (automatic mail) is a paragraph."""
    if after_text and len(lines) - at <= _LONGEST_FOOTER:
        return len(lines)
    return _end_of_paragraph(lines, at)


def _end_of_paragraph(lines: list[str], at: int) -> int:
    return next((after for after in range(at + 1, len(lines)) if not lines[after].strip()), len(lines))


def _trimmed(lines: list[str]) -> str:
    """The lines as one text: no space at their ends, no rules or blank lines around, one blank line at most between."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or quotes.rule(lines[end - 1])):
        end -= 1
    kept: list[str] = []
    for line in map(str.rstrip, lines[:end]):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)


def preview(text: str, length: int = 200) -> str:
    """The beginning of the visible text on one line, at most `length` characters, cut between words."""
    line = " ".join(visible(text).split())
    if len(line) <= length:
        return line
    head = line[:length]
    cut = head.rfind(" ", length * 2 // 3)
    return f"{head[: cut if cut > 0 else length - 1].rstrip(' ,;:-–—')}…"


def fingerprint(text: str) -> str:
    """A digest of what the visible text says: 32 hex digits, the same whatever the spaces, case and punctuation."""
    said = _folded(visible(text))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def similarity(a: str, b: str) -> float:
    """How much of two visible texts (their first 10,000 letters) is the same: 1.0 is all, 0.0 nothing."""
    one, other = _folded(visible(a))[:_MOST_COMPARED], _folded(visible(b))[:_MOST_COMPARED]
    if one == other:
        return 1.0
    from rapidfuzz import fuzz  # noqa: PLC0415 - 70 ms that only copies which differ are worth

    return fuzz.ratio(one, other) / 100


def _folded(text: str) -> str:
    """Letters and digits alone; of a text without any, what there is."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return "".join(_WORD.findall(text)) or "".join(text.split())
