"""Files of activities and comments, recordings of calls, and how they are fetched.

- `disk.file.get` (https://apidocs.bitrix24.com/api-reference/disk/file/disk-file-get.html) names a file, with an address under
  `/rest/` that is good for whoever asked.
- `crm.activity.list` has `FILES` where `select` names it: ids, and addresses of `crm_show_file.php` that bear the token of whoever
  asked; a webhook has none (https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/crm-activity-list.html).
- comments have names and sizes, and addresses that only a browser may open
  (https://apidocs.bitrix24.com/api-reference/crm/timeline/comments/crm-timeline-comment-list.html).

What somebody without a token gets of such an address is the page to sign in at, with a status of 200.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.refusals import Refusal

if TYPE_CHECKING:
    from hub_crm_bitrix.simulator.portal import Portal

OF_ACTIVITY, OF_COMMENT = 3_000_000, 4_000_000
"""Files of a seeded portal bear the number of what they hang on, behind these."""
_PAGE = "<html><head><title>Авторизация</title></head><body><form>Логин</form></body></html>".encode()
_TYPES = {"mp3": "audio/mpeg", "pdf": "application/pdf", "html": "text/html"}


def named(number: int) -> str:
    """What a file of a seeded portal is called."""
    return f"Файл {number}.pdf" if number > OF_COMMENT or number % 2 else f"Запись {number}.mp3"


def file(portal: "Portal", number: int) -> tuple[str, bytes] | None:
    """Name and bytes; None where there is none."""
    if number in portal.files:
        return portal.files[number]
    if number > OF_COMMENT:
        row = portal.tables["comments"].get(number - OF_COMMENT)
        return _made(number) if row and row["FILES"] else None
    row = portal.tables["activities"].get(number - OF_ACTIVITY)
    return _made(number) if row and row["FILES"] else None


def _made(number: int) -> tuple[str, bytes]:
    return named(number), f"Содержимое файла {number}".encode()


def get(call: Call) -> Answer:
    """disk.file.get"""
    call.need("disk")
    number = call.number("id")
    found = file(call.portal, number)
    if not number:
        raise Refusal(400, "ERROR_ARGUMENT", "Invalid value of parameter {Parameter #0}")
    if found is None:
        raise Refusal(400, "ERROR_NOT_FOUND", f"Could not find entity with id `{number}`")
    name, content = found
    return Answer(result={
        "ID": str(number), "NAME": name, "CODE": None, "STORAGE_ID": "19", "TYPE": "file", "PARENT_ID": "8996",
        "DELETED_TYPE": "0", "GLOBAL_CONTENT_VERSION": "1", "FILE_ID": str(number + 10_000_000), "SIZE": str(len(content)),
        "DOWNLOAD_URL": _address(call, number), "DETAIL_URL": f"{call.portal.url}/docs/file/{quote(name)}",
    })  # fmt: skip


def _address(call: Call, number: int) -> str:
    token = quote(f"disk|{number}", safe="")
    if call.caller.application:
        return f"{call.portal.url}/rest/download.json?auth={call.caller.token}&token={token}"
    code = next(one.code for one in call.portal.webhooks if one.user == call.caller.user)
    return f"{call.portal.url}/rest/{call.caller.user}/{code}/download/?token={token}"


def shown(call: Call, row: Row) -> Row:
    """An activity with the addresses of its files, as whoever asks gets them."""
    if not row.get("FILES"):
        return row
    token = call.caller.token if call.caller.application else ""
    tail = f"ownerTypeId=6&ownerId={row['ID']}&auth={token}"
    base = f"{call.portal.url}/bitrix/tools/crm_show_file.php?fileId="
    return row | {"FILES": [one | {"url": f"{base}{one['id']}&{tail}"} for one in row["FILES"]]}


def of_comment(portal: "Portal", number: int) -> Mapping[str, Any]:
    """FILES of a comment, by the ids of the files."""
    id_, url = OF_COMMENT + number, f"{portal.url}/disk/downloadFile/{OF_COMMENT + number}/?&ncc=1"
    name, content = _made(id_)
    return {str(id_): {"id": id_, "type": "file", "name": name, "size": len(content), "urlDownload": url}}


def downloaded(portal: "Portal", way: list[str], params: Mapping[str, Any]) -> Reply | None:
    """The answer where a path is that of a file; None where it is not."""
    match way:
        case ["rest", "download.json"] | ["rest", _, _, "download"]:
            is_open = len(way) == 4 or portal.oauth.caller(forms.text(params.get("auth"))) is not None
            is_open = is_open and (len(way) == 2 or portal.caller(way[1], way[2]) is not None)
            number = forms.number(forms.text(params.get("token")).rpartition("|")[2])
        case ["bitrix", "tools", "crm_show_file.php"]:
            is_open = portal.oauth.caller(forms.text(params.get("auth"))) is not None
            number = forms.number(params.get("fileId"))
        case ["disk", "downloadFile", _]:
            is_open, number = False, 0
        case _:
            return None
    found = file(portal, number) if is_open else None
    if not is_open:
        return Reply(status=200, body=_PAGE, type="text/html; charset=utf-8")
    if found is None:
        return Reply(status=404, body=b"", type="text/html")
    type_ = _TYPES.get(found[0].rpartition(".")[2], "application/octet-stream")
    return Reply(status=200, body=found[1], type=type_)


METHODS = {"disk.file.get": get}
