"""Gmail: its folders are views of one store, "All mail", by label; of every mail it says which labels it has (X-GM-EXT-1).

https://developers.google.com/workspace/gmail/imap/imap-extensions

What it says is put before the mail's header, in the fields in which Google Takeout writes the same, so that one mapping reads
both. Labels that come and go by themselves or with a click (Inbox, Important, Starred) say nothing of the mail and are left out.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping

from hub_email.imap.folders import decoded
from hub_email.imap.grammar import Value, number

EXTENSION = "X-GM-EXT-1"
ITEMS = "X-GM-MSGID X-GM-THRID X-GM-LABELS "
"""What is fetched with a mail's header."""

DRAFT = "Draft"
_LASTING = {b"\\SENT": "Sent", b"\\DRAFT": DRAFT, b"\\DRAFTS": DRAFT}
_FIRST = b"X-GM-MSGID: "
_MOST = 200


def header(said: Mapping[bytes, Value]) -> bytes:
    """The fields before a mail's own, by what was said of it; none where it is no mail of Gmail."""
    mail, thread, listed = (said.get(name) for name in (b"X-GM-MSGID", b"X-GM-THRID", b"X-GM-LABELS"))
    if not number(mail):
        return b""
    lines = [b"%s%d\r\n" % (_FIRST, number(mail)), b"X-GM-THRID: %d\r\n" % number(thread)]
    labels = ",".join(_labels(listed if isinstance(listed, list) else []))
    if labels:
        lines.append(b"X-Gmail-Labels: =?utf-8?B?%s?=\r\n" % b64encode(labels.encode()))
    return b"".join(lines)


def _labels(listed: list[Value]) -> Iterator[str]:
    for label in listed[:_MOST]:
        if not isinstance(label, bytes):
            continue
        if label[:1] == b"\\":
            if found := _LASTING.get(label.upper()):
                yield found
        elif name := " ".join(decoded(label[:1000]).replace(",", " ").split()):
            yield name


def is_draft(raw: bytes, labels: tuple[str, ...]) -> bool:
    """Whether a raw is a draft, by what Gmail said of it: drafts are in "All mail" with everything else."""
    return raw.startswith(_FIRST) and DRAFT in labels
