"""What a mail is besides what it says: marks, told by headers and by the kinds of its parts.

bulk        to many at once: List-*, Precedence bulk, list or junk, Feedback-ID
auto_reply  an answer nobody wrote: Auto-Submitted auto-replied (RFC 3834), X-Autoreply, "Automatic reply: ..."
auto        sent by a program: other Auto-Submitted, X-Auto-Response-Suppress, no return path, noreply@, a receipt
bounce      it could not be delivered: multipart/report of a failed delivery (RFC 3464), X-Failed-Recipients
invitation  carries an invitation, a change or a cancellation (RFC 5546)
answer      carries an answer to an invitation, or a counter-proposal
encrypted   S/MIME or PGP: the text cannot be read
signed      S/MIME or PGP
draft       not sent
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from hub_email.bodies import Bodies
from hub_email.prune import REPORTS

Fields = Mapping[str, Sequence[str]]

_LIST = ("list-id", "list-unsubscribe", "list-post", "feedback-id")
_BULK_PRECEDENCE = ("bulk", "list", "junk")
_REPLIES = ("x-autoreply", "x-autorespond", "x-auto-reply-from", "x-autoreply-from")
_TELLING = frozenset(
    {
        *_LIST,
        *_REPLIES,
        "precedence",
        "auto-submitted",
        "x-auto-response-suppress",
        "return-path",
        "x-failed-recipients",
        "x-unsent",
    }
)
_REPLY_SUBJECT = re.compile(
    r"(?:auto(?:matic)?[ -]?reply|out of (?:the )?office|автоответ(?:чик)?|автоматический ответ|вне офиса)\b",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|robot|notifications?)(?:[-_.+][^@]*)?@",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"mailer-daemon@|postmaster@", re.IGNORECASE)
_DELIVERED = re.compile(rb"^action:[ \t]*(?:delivered|relayed|expanded)", re.IGNORECASE | re.MULTILINE)
_DELIVERY = re.compile(r"report-type\s*=\s*\"?delivery-status")
_PGP = re.compile(r"\A\s*-----BEGIN PGP (SIGNED )?MESSAGE-----")
_DRAFT_LABELS = frozenset({"draft", "drafts", "черновик", "черновики"})


def marks(
    bodies: Bodies, senders: Sequence[str], subject: str, body: str, methods: Sequence[str], labels: Sequence[str]
) -> tuple[str, ...]:
    """The marks of a mail, sorted. `methods` are those of the invitations it carries."""
    fields = bodies.mail.root.fields
    found = set(_by_parts(bodies, body))
    if not _TELLING.isdisjoint(fields):
        found.update(_by_headers(fields, senders))
    if _REPLY_SUBJECT.match(subject):
        found.add("auto_reply")
    if any(map(_ROBOT.match, senders)):
        found.add("auto")
    found.update("answer" if method in ("REPLY", "COUNTER") else "invitation" for method in methods)
    if labels and not _DRAFT_LABELS.isdisjoint(label.lower() for label in labels):
        found.add("draft")
    if "bounce" in found:
        found -= {"auto", "auto_reply"}
    elif "auto_reply" in found:
        found.discard("auto")
    return tuple(sorted(found))


def is_private(fields: Fields) -> bool:
    """Whether the sender asks for it: Sensitivity (RFC 4021, 2.1.55) Private or Personal."""
    return _said(fields, "sensitivity") in ("private", "personal")


def _said(fields: Fields, name: str) -> str:
    return fields[name][0].strip().lower() if name in fields else ""


def _by_headers(fields: Fields, senders: Sequence[str]) -> Iterator[str]:
    precedence = _said(fields, "precedence")
    if precedence in _BULK_PRECEDENCE or any(name in fields for name in _LIST):
        yield "bulk"
    submitted = _said(fields, "auto-submitted").partition(";")[0].strip()
    if (
        submitted.startswith("auto-replied")
        or precedence == "auto_reply"
        or any(_said(fields, name) not in ("", "no") for name in _REPLIES)
    ):
        yield "auto_reply"
    from_nobody = _said(fields, "return-path") == "<>"
    if from_nobody or submitted not in ("", "no") or _said(fields, "x-auto-response-suppress") not in ("", "none"):
        yield "auto"
    if "x-failed-recipients" in fields or (from_nobody and any(map(_DAEMON.match, senders))):
        yield "bounce"
    if "x-unsent" in fields:
        yield "draft"


def _by_parts(bodies: Bodies, body: str) -> Iterator[str]:
    root = bodies.mail.root
    if root.kind == "multipart/report":
        yield "auto"
        if _DELIVERY.search(root.field("content-type").lower()) and not _was_delivered(bodies):
            yield "bounce"
    if root.kind == "multipart/signed":
        yield "signed"
    if root.kind == "multipart/encrypted":
        yield "encrypted"
    for part in bodies.mail.leaves:
        if part.kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            yield "signed" if "signed-data" in part.field("content-type").lower() else "encrypted"
    if match := _PGP.match(body):
        yield "signed" if match[1] else "encrypted"


def _was_delivered(bodies: Bodies) -> bool:
    """Whether a report tells of a success, as far as it can be read."""
    reports = (leaf.part for leaf in bodies.leaves.values() if leaf.is_stored and leaf.part.kind in REPORTS)
    return any(_DELIVERED.search(bodies.mail.content(part)) for part in reports)
