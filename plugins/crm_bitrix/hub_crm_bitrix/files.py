"""Files of activities and comments, and recordings of calls: named as they are read, fetched when somebody asks.

    the right «Drive» (disk)      disk.file.get -> name, size, an address -> bytes
    without it, an application    crm.activity.get -> an address that bears our token -> bytes

An address leads to the portal, or nothing is asked: a recording may lie with an operator of telephony, whom nobody has
confirmed. Where the portal itself sends on, only to addresses that the settings name.

Source: https://apidocs.bitrix24.com/api-reference/disk/file/disk-file-get.html. Assumptions: the ids of `FILES` are those of the
Drive, and so is `RECORD_FILE_ID`; of a comment it is the number in `urlDownload`.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import hub
from hub_crm_bitrix.answers import Declined
from hub_crm_bitrix.client import Portal
from hub_crm_bitrix.questions import Command
from hub_crm_bitrix.values import Row, identity, row, rows, text

PART: Final = "file:"
FILE: Final = "disk.file.get"
LARGEST: Final = 100 * 1024 * 1024
"""Bytes: no file larger than this is fetched."""
_STATUSES: Final = frozenset((200, 301, 302, 303, 307, 308, 400, 401, 403, 404))
_GONE: Final = 404
_NUMBER: Final = re.compile(r"/(?:downloadFile|showFile)/(\d{1,18})/")


def file_id(file: Row) -> int:
    """The number of a comment's file on the Drive."""
    found = _NUMBER.search(text(file.get("urlDownload")) or text(file.get("urlShow")))
    return int(found[1]) if found else identity(file.get("id"))


def named(number: int, said: object) -> Row:
    """What a file is called and how large it is, of the answer to `FILE`."""
    found = row(said)
    return {"id": number, "name": text(found.get("NAME")), "size": identity(found.get("SIZE"))}


@dataclass(frozen=True, slots=True)
class Files:
    """Fetches files. `drive`: whether the right «Drive» is there."""

    portal: Portal
    tools: hub.Tools
    drive: bool
    most: int = LARGEST

    def fetch(self, part: str, activity: int) -> bytes:
        """The file that a part names; `activity` is the one that it hangs on, 0 for none. Raises `KeyError` where there is
        none.
        """
        number = identity(part.removeprefix(PART))
        if not number or not part.startswith(PART):
            raise KeyError(part)
        address = (self.drive and self._on_drive(number)) or (activity and self._of_activity(activity, number))
        if not address:
            raise self._no_right()
        return self._downloaded(address, part)

    def _on_drive(self, number: int) -> str:
        """Its address; "" where the Drive does not let us look."""
        try:
            found = self.portal.call(Command(FILE, {"id": number})).result
        except Declined as refusal:
            if refusal.is_missing or "could not find" in refusal.description.lower():
                raise KeyError(number) from refusal
            return ""
        return text(row(found).get("DOWNLOAD_URL"))

    def _of_activity(self, activity: int, number: int) -> str:
        """An address that bears our token; "" where it bears none, as those that a webhook is told."""
        try:
            found = row(self.portal.call(Command("crm.activity.get", {"id": activity})).result)
        except Declined as refusal:
            if refusal.is_missing:
                raise KeyError(number) from refusal
            raise
        named = {identity(one.get("id")): text(one.get("url")) for one in rows(found.get("FILES"))}
        if number not in named:
            raise KeyError(number)
        return "" if named[number].endswith("auth=") else named[number]

    def _no_right(self) -> hub.Misconfigured:
        said = hub.sentence("the webhook or application at {who} has not the right «Drive» (disk), which files need")
        fix = hub.sentence("tick it at the webhook or application in Bitrix24, or fetch the file there")
        return hub.Misconfigured(said.format(who=self.portal.settings.host), setting="webhook", fix=fix)

    def _downloaded(self, address: str, part: str) -> bytes:
        parts = urlsplit(address)
        if parts.netloc not in self.portal.hosts:
            said = hub.sentence("{who} keeps the file at {host}, where nobody has allowed the hub to go")
            text_ = said.format(who=self.portal.settings.host, host=parts.hostname)
            raise hub.Refused(text_, fix=hub.sentence("fetch it in Bitrix24, or name the address with `also_at`"))
        with self.tools.network.client(
            most=self.most, deadline=600, expect=_STATUSES, limit=self.portal.limit
        ) as client:
            answer = self.tools.network.follow(client.get, f"{self.portal.origin}{parts.path}?{parts.query}")
        return self._bytes(answer, part)

    def _bytes(self, answer: hub.HttpResponse, part: str) -> bytes:
        """What was answered, unless it is a page for people."""
        if answer.status_code == _GONE:
            raise KeyError(part)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        named = answer.headers.get("content-disposition", "")
        if answer.status_code != 200 or (is_page and not named):
            said = hub.sentence("{who} does not give out the file (status {status})")
            fix = hub.sentence("see whether «Хаб» may open it in Bitrix24")
            raise hub.Refused(said.format(who=self.portal.settings.host, status=answer.status_code), fix=fix)
        return bytes(answer.content)
