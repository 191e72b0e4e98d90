"""One part of a mail, without its transfer encoding: what `Source.fetch` gives for an attachment."""

from hub_email import tnef
from hub_email.mime import read
from hub_email.prune import TNEF


def part_of(whole: bytes, part: str) -> bytes:
    """A part's content; "2/1" is the first file inside the winmail.dat that is part 2. Raises `KeyError`."""
    mail = read(whole)
    number, _, inner = part.partition("/")
    found = next((one for one in mail.leaves if one.id == number), None)
    if found is None or (inner and found.kind not in TNEF):
        raise KeyError(part)
    content = mail.content(found)
    return file_in(content, inner) if inner else content


def file_in(container: bytes, number: str) -> bytes:
    """A file inside a winmail.dat, counted from 1. Raises `KeyError`."""
    files = tnef.read(container).files
    if not number.isdecimal() or not 0 < int(number) <= len(files):
        raise KeyError(number)
    return files[int(number) - 1].data
