"""Objects as the vendor's pages show them become records."""

from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hub_crm_bitrix.mapping import to_records
from hub_crm_bitrix.settings import Settings

import hub

SETTINGS = Settings.model_validate(
    {"webhook": "https://my.bitrix24.example/rest/12/secretcode/", "processes": [{"id": 177}],
     "fields": {"deals": {"UF_CRM_1": "Договор"}}}
)  # fmt: skip
WINDOW = hub.Window(date(2026, 11, 22), date(2027, 11, 22))
STAGES = {
    "NEW": {"name": "Новая", "ends": ""},
    "PREPARATION": {"name": "Договор", "ends": ""},
    "WON": {"name": "Успех", "ends": "S"},
}


def mapped(stream, item, **beside):
    found = to_records(orjson.dumps({"stream": stream, "item": item, **beside}), SETTINGS, WINDOW)
    assert not isinstance(found, hub.Unreadable), found
    return {one.part: one.record for one in found}


def people(record):
    return [(one.role, one.identifier.kind, one.identifier.value) for one in record.participants]


# --- parties ---------------------------------------------------------------------------------------------------------

COMPANY = {
    "id": 9, "title": "ООО «Ромашка»", "assignedById": 6, "isMyCompany": "N", "createdTime": "2026-01-10T14:29:00+03:00",
    "fm": [{"id": 101, "valueType": "WORK", "value": "8 495 123-45-67", "typeId": "PHONE"},
           {"id": 102, "valueType": "WORK", "value": "info@romashka.example", "typeId": "EMAIL"}],
}  # fmt: skip
REQUISITE = {"ID": "3", "ENTITY_ID": "9", "RQ_INN": "7707083893", "RQ_KPP": "770701001", "RQ_OGRN": "1027700132195"}


def test_a_company_has_the_numbers_of_its_requisites():
    record = mapped("companies", COMPANY, requisites=[REQUISITE])[""]
    assert {(one.kind, one.value) for one in record.identifiers} == {
        ("phone", "8 495 123-45-67"), ("email", "info@romashka.example"), ("inn", "7707083893"), ("ogrn", "1027700132195"),
    }  # fmt: skip
    assert (record.name, record.kpp) == ("ООО «Ромашка»", "770701001")


def test_our_own_company_is_nobodys_client():
    assert mapped("companies", {**COMPANY, "isMyCompany": "Y"}, requisites=[REQUISITE]) == {}


def test_a_contact_speaks_for_all_its_companies():
    item = {
        "id": 84,
        "name": "Пётр",
        "lastName": "Иванов",
        "post": "директор",
        "companyId": 9,
        "companyIds": [9, 15],
        "fm": [],
    }
    record = mapped("contacts", item)[""]
    assert (record.name, record.companies, record.position) == (
        "Пётр Иванов",
        ("companies/9", "companies/15"),
        "директор",
    )


LEAD = {
    "id": 15, "title": "Заявка с сайта", "name": "Ольга", "lastName": "Белова", "companyTitle": "АО «Заря»", "stageId": "NEW",
    "companyId": 0, "contactId": 0, "createdTime": "2026-01-10T14:29:00+03:00", "assignedById": 6, "stageSemanticId": "P",
    "fm": [{"typeId": "PHONE", "value": "+79161234567"}],
}  # fmt: skip


def test_a_lead_is_an_affair_and_who_came_with_it():
    found = mapped("leads", LEAD, stages=STAGES)
    assert set(found) == {"", "company", "deal"}
    assert (found[""].name, found[""].companies) == ("Ольга Белова", ("leads/15#company",))
    assert people(found["deal"]) == [("responsible", "user", "users/6"), ("client", "ref", "leads/15")]


def test_a_lead_of_a_known_contact_makes_nobody_new():
    found = mapped("leads", {**LEAD, "contactId": 84}, stages=STAGES)
    assert set(found) == {"deal"}
    assert ("client", "ref", "contacts/84") in people(found["deal"])


@pytest.mark.parametrize(("kind", "is_ours"), [("employee", True), (None, True), ("extranet", False), ("email", False)])
def test_a_guest_of_the_portal_is_none_of_ours(kind, is_ours):
    item = {"ID": "7", "ACTIVE": True, "NAME": "Иван", "EMAIL": "ivan@romashka.example", "USER_TYPE": kind}
    record = mapped("users", item)[""]
    assert (bool(record.identifiers), record.name) == (is_ours, "Иван")


def test_a_user_is_one_of_ours():
    item = {
        "ID": "5",
        "ACTIVE": True,
        "NAME": "Борис",
        "LAST_NAME": "Кузнецов",
        "EMAIL": "boris@my.example",
        "UF_PHONE_INNER": "101",
    }
    record = mapped("users", item)[""]
    assert (record.name, record.active) == ("Борис Кузнецов", True)
    assert [one.value for one in record.identifiers] == ["boris@my.example", "101"]


# --- deals and documents ---------------------------------------------------------------------------------------------

DEAL = {
    "id": 410, "title": "Договор 17", "categoryId": 0, "stageId": "WON", "stageSemanticId": "S", "opportunity": 10000.5,
    "currencyId": "RUB", "companyId": 9, "contactId": 84, "contactIds": [84, 85], "assignedById": 6,
    "createdTime": "2026-01-10T14:29:00+03:00", "closedate": "2026-02-10T03:00:00+03:00", "UF_CRM_1": "Д-17",
}  # fmt: skip
HISTORY = [
    {"ID": 3, "OWNER_ID": 410, "CREATED_TIME": "2026-02-09T10:00:00+03:00", "STAGE_ID": "WON", "TYPE_ID": 3},
    {"ID": 1, "OWNER_ID": 410, "CREATED_TIME": "2026-01-10T14:29:00+03:00", "STAGE_ID": "NEW", "TYPE_ID": 1},
    {"ID": 2, "OWNER_ID": 410, "CREATED_TIME": "2026-01-20T10:00:00+03:00", "STAGE_ID": "GONE", "TYPE_ID": 2},
]


def test_a_deal_says_its_stage_by_name_how_it_ended_and_who_is_responsible():
    record = mapped("deals", DEAL, stages=STAGES, pipeline="Общая")[""]
    assert (record.stage, record.pipeline, record.status, record.closed) == ("Успех", "Общая", "won", date(2026, 2, 10))
    assert (record.amount, record.currency, record.extra) == (Decimal("10000.50"), "RUB", {"Договор": "Д-17"})
    assert people(record) == [
        ("responsible", "user", "users/6"), ("client", "ref", "companies/9"), ("client", "ref", "contacts/84"),
        ("client", "ref", "contacts/85"),
    ]  # fmt: skip


def test_a_deal_moves_from_stage_to_stage_and_a_deleted_stage_keeps_its_code():
    found = mapped("deals", DEAL, stages=STAGES, history=HISTORY)
    moves = [found["stage:2"], found["stage:3"]]
    assert [(one.before, one.after) for one in moves] == [("Новая", "GONE"), ("GONE", "Успех")]
    assert {one.deal for one in moves} == {"deals/410"}
    assert len(found) == 3, "that it was made is told by its own line"


def test_an_open_deal_is_not_closed_on_the_day_it_is_hoped_for():
    assert mapped("deals", {**DEAL, "stageId": "NEW", "stageSemanticId": "P"}, stages=STAGES)[""].closed is None


@pytest.mark.parametrize(
    ("stream", "kind"), [("invoices", "invoice"), ("quotes", "quote"), ("process-177", "contract")]
)
def test_what_is_made_out_for_a_client_is_a_document(stream, kind):
    stages = {"DT31_2:N": {"name": "Новый", "ends": ""}}
    record = mapped(
        stream, {**DEAL, "accountNumber": "45", "stageId": "DT31_2:N", "stageSemanticId": ""}, stages=stages
    )[""]
    assert (record.type, record.number, record.status, record.due) == (kind, "45", "Новый", date(2026, 2, 10))


# --- activities ------------------------------------------------------------------------------------------------------

CALL = {
    "ID": "20", "OWNER_ID": "15", "OWNER_TYPE_ID": "3", "TYPE_ID": "2", "PROVIDER_ID": "VOXIMPLANT_CALL", "SUBJECT": "Исходящий звонок",
    "CREATED": "2026-01-11T13:26:55+03:00", "LAST_UPDATED": "2026-01-11T13:40:00+03:00", "START_TIME": "2026-01-11T13:25:00+03:00",
    "END_TIME": "2026-01-11T19:25:00+03:00", "DEADLINE": "2026-01-11T13:25:00+03:00", "COMPLETED": "Y", "RESPONSIBLE_ID": "505",
    "DESCRIPTION": "", "DESCRIPTION_TYPE": "1", "DIRECTION": "2", "SETTINGS": [], "AUTHOR_ID": "505",
    "COMMUNICATIONS": [{"ID": "23", "TYPE": "PHONE", "VALUE": "89152222222", "ENTITY_ID": "15", "ENTITY_TYPE_ID": "3",
                        "ENTITY_SETTINGS": {"NAME": "Андрей ", "SECOND_NAME": "", "LAST_NAME": "Николаев"}}],
}  # fmt: skip
BINDINGS = [
    {"entityTypeId": 2, "entityId": 410},
    {"entityTypeId": 3, "entityId": 15},
    {"entityTypeId": 4, "entityId": 21},
]


def test_a_call_says_who_rang_whom_and_is_about_all_it_is_bound_to():
    record = mapped("activities", CALL, bindings=BINDINGS)[""]
    assert (record.direction, record.seconds) == ("out", 0), "when it ended an activity only plans"
    assert people(record) == [
        ("callee", "phone", "89152222222"), ("caller", "user", "users/505"), ("client", "ref", "companies/21"),
        ("client", "ref", "contacts/15"),
    ]  # fmt: skip
    assert record.participants[0].name == "Андрей Николаев"


def test_a_call_that_has_still_to_be_made_is_a_task_and_one_that_came_in_was_missed():
    plan = {**CALL, "COMPLETED": "N", "PROVIDER_ID": "CRM_CALL"}
    assert isinstance(mapped("activities", plan)[""], hub.Task)
    assert mapped("activities", {**plan, "DIRECTION": "1"})[""].result == "missed"


def test_what_hangs_on_a_deal_only_is_about_the_deals_clients():
    item = {**CALL, "OWNER_TYPE_ID": "2", "OWNER_ID": "410", "COMMUNICATIONS": []}
    owners = [{"id": 410, "companyId": 9, "contactId": 84, "contactIds": [84]}]
    record = mapped("activities", item, bindings=BINDINGS[:1], owners=owners)[""]
    assert [value for role, _, value in people(record) if role == "client"] == ["companies/9", "contacts/84"]


def test_a_meeting_that_ends_before_it_begins_has_no_end():
    met = {**CALL, "TYPE_ID": "1", "PROVIDER_ID": "CRM_MEETING"}
    assert mapped("activities", met)[""].end == hub.moment(datetime.fromisoformat(CALL["END_TIME"]))
    assert mapped("activities", {**met, "END_TIME": "2026-01-10T19:25:00+03:00"})[""].end is None


MAIL = {
    **CALL, "TYPE_ID": "4", "PROVIDER_ID": "CRM_EMAIL", "SUBJECT": "Договор", "DIRECTION": "1", "DESCRIPTION_TYPE": "3",
    "DESCRIPTION": "<p>Высылаю <b>договор</b>.</p>",
    "SETTINGS": {"EMAIL_META": {"from": "Пётр <petr@romashka.example>", "to": "anna@my.example", "cc": "a@x.example; b@x.example"},
                 "MESSAGE_HEADERS": {"Message-Id": "<abc@romashka.example>"}},
}  # fmt: skip


def test_a_mail_has_its_message_id_its_addresses_and_its_words():
    record = mapped("activities", MAIL)[""]
    assert (record.message_id, record.subject, record.text) == ("abc@romashka.example", "Договор", "Высылаю договор.")
    assert people(record)[:4] == [
        ("from", "email", "petr@romashka.example"), ("to", "email", "anna@my.example"), ("cc", "email", "a@x.example"),
        ("cc", "email", "b@x.example"),
    ]  # fmt: skip


def test_a_mail_without_its_header_is_known_by_its_communications():
    item = {
        **MAIL,
        "SETTINGS": [],
        "COMMUNICATIONS": [{"TYPE": "EMAIL", "VALUE": "petr@romashka.example", "ENTITY_ID": "0"}],
    }
    assert people(mapped("activities", item)[""])[:2] == [
        ("from", "email", "petr@romashka.example"), ("to", "user", "users/505"),
    ]  # fmt: skip


MEETING = {**CALL, "TYPE_ID": "1", "PROVIDER_ID": "CRM_MEETING", "SUBJECT": "Встреча", "LOCATION": "Офис"}


def test_a_meeting_has_the_uid_of_the_portals_calendar():
    record = mapped("activities", MEETING, event={"DAV_XML_ID": "20260111@bitrix"})[""]
    assert (record.uid, record.title, record.location) == ("20260111@bitrix", "Встреча", "Офис")
    assert record.end.utc == datetime(2026, 1, 11, 16, 25, tzinfo=UTC)
    assert ("organizer", "user", "users/505") in people(record)


def test_a_meeting_that_no_calendar_has_is_told_apart_from_another_portals():
    assert mapped("activities", MEETING)[""].uid == "activity-20@my.bitrix24.example"


def test_what_is_to_be_done_is_a_task_with_its_day():
    item = {
        **CALL,
        "TYPE_ID": "6",
        "PROVIDER_ID": "CRM_TODO",
        "COMPLETED": "N",
        "DEADLINE": "2026-01-15T18:00:00+03:00",
    }
    record = mapped("activities", item)[""]
    assert (record.status, record.due.utc) == ("open", datetime(2026, 1, 15, 15, tzinfo=UTC))
    endless = mapped("activities", {**item, "DEADLINE": "9999-12-31T00:00:00+03:00"})[""]
    assert endless.due is None


CHAT = {**CALL, "TYPE_ID": "6", "PROVIDER_ID": "IMOPENLINES_SESSION", "SUBJECT": "Telegram", "DEADLINE": ""}
DIALOG = {
    "message": {
        "1": {"id": 1, "senderid": 0, "date": "2026-01-11T13:25:00+03:00", "text": "Начат диалог"},
        "2": {"id": 2, "senderid": 900, "date": "2026-01-11T13:26:00+03:00", "text": "Есть [B]скидка[/B]?"},
        "3": {"id": 3, "senderid": 505, "date": "2026-01-11T13:27:00+03:00", "text": "Да, 5 %"},
    },
    "users": {"900": {"id": 900, "connector": True}, "505": {"id": 505, "connector": False}},
}


def test_every_message_of_an_open_line_is_told_and_the_machines_are_not():
    found = mapped("activities", CHAT, dialog=DIALOG)
    assert [(part, one.text, one.channel) for part, one in found.items()] == [
        ("message:2", "Есть скидка?", "Telegram"), ("message:3", "Да, 5 %", "Telegram"),
    ]  # fmt: skip
    assert [people(one)[0] for one in found.values()] == [("from", "ref", "contacts/15"), ("from", "user", "users/505")]


def test_an_open_line_whose_messages_may_not_be_read_is_one_line():
    [record] = mapped("activities", CHAT).values()
    assert (record.channel, record.conversation) == ("Telegram", "20")


def test_a_comment_is_a_note_about_the_deals_clients():
    item = {
        "ID": "7",
        "COMMENT": "Просят [B]скидку[/B]\nдо пятницы",
        "CREATED": "2026-01-11T13:26:55+03:00",
        "AUTHOR_ID": "505",
    }
    record = mapped("comments", item, owner={"entityTypeId": 2, "id": 410, "companyId": 9, "contactId": 0})[""]
    assert (record.title, record.text) == ("Просят скидку", "Просят скидку\nдо пятницы")
    assert people(record) == [("author", "user", "users/505"), ("client", "ref", "companies/9")]


STATISTIC = {
    "ID": "7", "PORTAL_USER_ID": "1269", "PHONE_NUMBER": "79062195047", "CALL_DURATION": "95", "CALL_TYPE": "2",
    "CALL_START_DATE": "2026-03-10T11:19:38+03:00", "CALL_FAILED_CODE": "200", "CRM_ENTITY_TYPE": "CONTACT",
    "CRM_ENTITY_ID": "797", "CRM_ACTIVITY_ID": "7943", "COMMENT": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "result"),
    [("200", "answered"), ("304", "missed"), ("486", "busy"), ("603-S", "missed"), ("OTHER", "missed")],
)
def test_the_exchange_knows_how_a_call_went(code, result):
    record = mapped("calls", {**STATISTIC, "CALL_FAILED_CODE": code})[""]
    assert (record.result, record.seconds, record.direction, record.of) == (result, 95, "in", "activities/7943")


def test_a_call_without_an_activity_stands_for_itself():
    record = mapped("calls", {**STATISTIC, "CRM_ACTIVITY_ID": None, "CRM_ENTITY_TYPE": None, "CALL_TYPE": "1"})[""]
    assert (record.of, record.direction) == ("", "out")
    assert people(record) == [("callee", "phone", "79062195047"), ("caller", "user", "users/1269")]


# --- rubbish ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"{}", b'{"stream": "deals"}', b'{"stream": "deals", "item": {}}', b'{"stream": "new", "item": {}}',
     b'{"stream": "activities", "item": {"TYPE_ID": "2"}}', b'{"stream": "calls", "item": {"ID": 1}}', b"[" * 5000],
)  # fmt: skip
def test_what_is_no_object_is_put_aside(body):
    assert isinstance(to_records(body, SETTINGS, WINDOW), hub.Unreadable)


@pytest.mark.parametrize("wrong", [None, 5, "x", [], {}, [None], {"a": []}])
@pytest.mark.parametrize(
    ("stream", "item"),
    [("companies", COMPANY), ("leads", LEAD), ("deals", DEAL), ("activities", MAIL), ("activities", CHAT)],
)
def test_any_field_may_hold_anything(stream, item, wrong):
    for name in item:
        said = orjson.dumps(
            {"stream": stream, "item": {**item, name: wrong}, "history": wrong, "bindings": wrong, "dialog": wrong}
        )
        to_records(said, SETTINGS, WINDOW)
