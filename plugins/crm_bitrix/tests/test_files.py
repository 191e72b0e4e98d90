"""Files of mails and comments, recordings of calls: named where they hang, fetched when somebody asks."""

from dataclasses import replace

import orjson
import pytest
from hub_crm_bitrix.files import Files
from hub_crm_bitrix.mapping import to_records
from hub_crm_bitrix.simulator.files import OF_ACTIVITY, OF_COMMENT
from hub_crm_bitrix.simulator.methods import METHODS

import hub
from hub.simulators.faults import Fault


def attached(one, stream):
    """(external id, file) of everything that was pulled of a stream."""
    for number, raw in one.seen.items():
        found = to_records(raw.body, one.source.settings, hub.Window(None, None))
        yield from ((number, file) for mapped in found for file in mapped.record.attachments)


def without_drive(portal):
    portal.webhooks[0] = replace(portal.webhooks[0], scopes=portal.webhooks[0].scopes - {"disk"})


@pytest.mark.parametrize("stream", ["activities", "comments", "calls"])
def test_what_hangs_on_something_can_be_fetched(reading, stream):
    one = reading(120)
    calls = one.portal.tables["statistics"]
    for number in list(calls.ids):
        calls.put({**calls.row(number), "CRM_ACTIVITY_ID": None})
    one.pull(stream)
    found = list(attached(one, stream))
    assert found
    number, file = found[0]
    assert one.source.fetch(stream, number, file.part) == f"Содержимое файла {file.part[5:]}".encode()
    assert "name" not in file.name
    if stream != "calls":
        assert (file.name.rpartition(".")[2], file.size > 0) in {("pdf", True), ("mp3", True)}


def test_no_address_of_a_file_is_kept(reading):
    one = reading(120)
    for stream in ("activities", "comments"):
        one.cursor = None
        one.pull(stream)
    kept = b"".join(raw.body for raw in one.seen.values())
    assert b"FILES" in kept
    assert not [word for word in (b"crm_show_file", b"downloadFile", b"auth=") if word in kept]


def test_a_recording_hangs_on_the_call_and_not_on_its_statistics_too(reading):
    one = reading(120)
    one.pull("calls")
    calls = {row["CRM_ACTIVITY_ID"]: row for row in (orjson.loads(raw.body)["item"] for raw in one.seen.values())}
    assert list(attached(one, "calls")) == []
    one.cursor, one.seen = None, {}
    one.pull("activities")
    recorded = {number: file.part for number, file in attached(one, "activities") if number in calls}
    assert recorded
    assert all(part == f"file:{calls[number]['RECORD_FILE_ID']}" for number, part in recorded.items())


def test_a_file_that_is_gone_is_said_to_be(reading):
    one = reading(120)
    for part in ("file:77", "file:", "other", "file:x", f"file:{OF_ACTIVITY + 1}"):
        with pytest.raises(KeyError):
            one.source.fetch("activities", "5", part)


def test_without_the_right_a_webhook_says_what_is_missing(reading):
    one = reading(120)
    without_drive(one.portal)
    number = next(
        row for row in one.portal.tables["activities"].ids if one.portal.tables["activities"].row(row)["FILES"]
    )
    with pytest.raises(hub.Misconfigured, match="Drive"):
        one.source.fetch("activities", str(number), f"file:{OF_ACTIVITY + number}")
    one.pull("activities")
    assert [file.name for _number, file in attached(one, "activities")][:1] == [""]


def test_a_file_elsewhere_is_not_fetched(reading):
    """An address is data: of the Drive of another, or of an operator of telephony."""
    one = reading(120)

    def elsewhere(call):
        answer = METHODS["disk.file.get"](call)
        return replace(answer, result={**answer.result, "DOWNLOAD_URL": "http://127.0.0.1:9/records/1.mp3"})

    one.portal.methods["disk.file.get"] = elsewhere
    with pytest.raises(hub.Refused, match=r"127\.0\.0\.1"):
        one.source.fetch("activities", "5", f"file:{OF_ACTIVITY + 10}")


def test_a_page_for_people_is_no_file(reading):
    one = reading(120)

    def signed_out(call):
        answer = METHODS["disk.file.get"](call)
        return replace(answer, result={**answer.result, "DOWNLOAD_URL": f"{call.portal.url}/disk/downloadFile/1/"})

    one.portal.methods["disk.file.get"] = signed_out
    with pytest.raises(hub.Refused, match="does not give out"):
        one.source.fetch("comments", "4", f"file:{OF_COMMENT + 4}")


def test_a_file_that_is_too_large_is_left_there(reading):
    one = reading(120)
    files = Files(one.source.portal, one.source.tools, drive=True, most=1000)
    one.portal.files[5_000_001] = ("Большой.zip", b"x" * 2000)
    with pytest.raises(hub.TooLarge):
        files.fetch("file:5000001", 0)


def test_comments_on_quotes_invoices_and_processes_are_read(reading):
    one = reading(400, processes=[{"id": 177}])
    one.pull("comments")
    about = {orjson.loads(raw.body)["owner"]["entityTypeId"] for raw in one.seen.values()}
    assert about == {2, 7, 31, 177}
    assert len(one.seen) == len(one.portal.tables["comments"].ids)


def test_a_comment_on_an_invoice_that_is_asked_for_again_is_the_one_that_was_pulled(reading):
    one = reading(400, processes=[{"id": 177}])
    one.pull("comments")
    for number, raw in list(one.seen.items())[:1] + list(one.seen.items())[-1:]:
        assert one.source.fetch("comments", number, "") == raw.body


def test_a_portal_that_breaks_off_a_file_gives_none(reading):
    one = reading(120)
    one.portal.faults.append(Fault("error", "disk.file.get", status=400, error="ACCESS_DENIED"))
    with pytest.raises(hub.Misconfigured):
        one.source.fetch("comments", "4", f"file:{OF_COMMENT + 4}")
