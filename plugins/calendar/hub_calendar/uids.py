"""UIDs as the hub compares them.

Outlook writes as UID the hexadecimal GlobalObjectId of a meeting ([MS-OXOCAL] 2.2.1.27), with the date of the
occurrence in bytes 17 to 20, and hides the UID of a meeting that came from elsewhere behind "vCal-Uid" in its data
([MS-ASEMAIL] 2.2.2.40). The mail plugin does the same, so that an invitation meets its meeting.
"""

import hashlib

from hub_calendar.lines import Component, one_line

_OUTLOOK = "040000008200E00074C5B7101A82E008"
_FOREIGN = b"vCal-Uid"
LONGEST = 2_000
"""Characters of a UID that are looked at."""

_VOLATILE = frozenset(("DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"))


def normal(uid: str) -> str:
    """The UID without what differs between copies of one meeting."""
    plain = uid.strip()
    if not plain.upper().startswith(_OUTLOOK):
        return plain
    try:
        data = bytes.fromhex(plain)
    except ValueError:
        return plain
    if data[40:48] == _FOREIGN and (foreign := _foreign(data)):
        return foreign
    return (data[:16] + bytes(4) + data[20:]).hex().upper()


def _foreign(data: bytes) -> str:
    """What stands behind "vCal-Uid" and four bytes of its own, up to a zero byte."""
    return data[52:].partition(b"\0")[0].decode("utf-8", "replace").strip()


def written(event: Component) -> str:
    """The UID as the event writes it, or one made of its content where it has none."""
    return one_line(event.first("UID").value, LONGEST) or f"no-uid-{_fingerprint(event)}"


def _fingerprint(event: Component) -> str:
    lines = (f"{line.name}:{line.value}" for line in event.lines if line.name not in _VOLATILE)
    return hashlib.blake2b("\n".join(lines).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
