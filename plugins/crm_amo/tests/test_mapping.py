"""Objects as the vendor's pages show them become records."""

import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hub_crm_amo.mapping import to_records
from hub_crm_amo.raws import raw
from hub_crm_amo.settings import Settings

import hub

SETTINGS = Settings.model_validate(
    {"account": "my.amocrm.ru", "token": "x", "inn": 105, "fields": {"leads": {"301": "Договор", "303": "Отгрузка"}}}
)
WINDOW = hub.Window(date(2026, 11, 22), date(2027, 11, 22))
AT = 1_769_000_000
MADE = datetime.fromtimestamp(AT, UTC)


def mapped(stream, item, **beside):
    found = to_records(orjson.dumps({"stream": stream, "item": item, **beside}), SETTINGS, WINDOW)
    assert not isinstance(found, hub.Unreadable), found
    [one] = found
    return one.record


def people(record):
    return [(one.role, one.identifier.kind, one.identifier.value) for one in record.participants]


def field(number, kind, *values, code=None):
    return {"field_id": number, "field_code": code, "field_type": kind, "values": [{"value": one} for one in values]}


# --- parties ---------------------------------------------------------------------------------------------------------

PHONE = field(101, "multitext", "+7 495 123-45-67", code="PHONE")
EMAIL = field(102, "multitext", "info@romashka.example", code="EMAIL")
COMPANY = {"id": 9, "name": "ООО «Ромашка»", "created_at": AT, "custom_fields_values": [PHONE, EMAIL]}


@pytest.mark.parametrize(
    "inn",
    [
        field(105, "numeric", "7707083893"),
        field(106, "legal_entity", {"name": "ООО «Ромашка»", "vat_id": "7707083893"}),
    ],
)
def test_a_company_has_the_inn_of_the_field_that_was_chosen_or_of_a_legal_entity(inn):
    record = mapped("companies", {**COMPANY, "custom_fields_values": [PHONE, EMAIL, inn]})
    assert {(one.kind, one.value) for one in record.identifiers} == {
        ("phone", "+7 495 123-45-67"), ("email", "info@romashka.example"), ("inn", "7707083893"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["kpp", "tax_registration_reason_code"])
def test_a_kpp_and_an_ogrn_are_known_by_their_length(name):
    legal = {"vat_id": "7707083893", name: "770701001", "ogrn": "1027700132195"}
    record = mapped("companies", {**COMPANY, "custom_fields_values": [field(106, "legal_entity", legal)]})
    assert record.kpp == "770701001"
    assert hub.Identifier("ogrn", "1027700132195") in record.identifiers


@pytest.mark.parametrize("nothing", [None, [], {}, "x", [None], [{"values": None}]])
def test_a_card_without_fields_is_a_card(nothing):
    assert mapped("companies", {**COMPANY, "custom_fields_values": nothing}).identifiers == ()


def test_a_contact_speaks_for_its_companies():
    item = {"id": 84, "name": "", "first_name": "Пётр", "last_name": "Иванов", "_embedded": {"companies": [{"id": 9}, {"id": 15}]},
            "custom_fields_values": [field(201, "text", "директор", code="POSITION")]}  # fmt: skip
    record = mapped("contacts", item)
    assert (record.name, record.companies, record.position) == (
        "Пётр Иванов", ("companies/9", "companies/15"), "директор",
    )  # fmt: skip


def test_a_user_is_one_of_ours():
    record = mapped(
        "users", {"id": 5, "name": "Борис Кузнецов", "email": "boris@my.example", "rights": {"is_active": False}}
    )
    assert (record.name, record.identifiers[0].value, record.active) == ("Борис Кузнецов", "boris@my.example", False)


# --- deals and documents ---------------------------------------------------------------------------------------------

LEAD = {
    "id": 410, "name": "Договор 17", "price": 10000, "status_id": 143, "pipeline_id": 3200, "created_at": AT, "closed_at": AT + 9,
    "responsible_user_id": 6, "custom_fields_values": [field(301, "text", "Д-17"), field(303, "date", AT)],
    "_embedded": {"tags": [{"name": "VIP"}, {"name": "опт"}], "companies": [{"id": 9}], "contacts": [{"id": 84}, {"id": 85}],
                  "loss_reason": [{"id": 1, "name": "Дорого"}]},
}  # fmt: skip


def test_a_lead_is_a_deal_with_the_names_of_its_stage_and_of_why_it_was_lost():
    record = mapped("leads", LEAD, stage=["Сервис", "Закрыто и не реализовано"], currency="RUB")
    assert (record.pipeline, record.stage, record.status) == ("Сервис", "Закрыто и не реализовано", "lost")
    assert (record.amount, record.currency, record.text) == (Decimal(10000), "RUB", "Дорого")
    assert record.closed.utc.timestamp() == AT + 9
    assert dict(record.extra) == {"Договор": "Д-17", "Отгрузка": "2026-01-21", "tags": "VIP, опт"}
    assert people(record) == [
        ("responsible", "user", "users/6"), ("client", "ref", "companies/9"), ("client", "ref", "contacts/84"),
        ("client", "ref", "contacts/85"),
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "ends"), [(142, "won"), (143, "lost"), (3102, "open")])
def test_142_is_won_and_143_lost_in_every_pipeline(status, ends):
    assert mapped("leads", {**LEAD, "status_id": status}).status == ends


EVENT = {
    "id": "01pz58", "type": "lead_status_changed", "entity_id": 410, "entity_type": "lead", "created_by": 6, "created_at": AT,
    "value_before": [{"lead_status": {"id": 3102, "pipeline_id": 3100}}],
    "value_after": [{"lead_status": {"id": 142, "pipeline_id": 3100}}],
}  # fmt: skip
STAGES = {
    "3100/3102": ["Продажи", "Первичный контакт"],
    "3100/142": ["Продажи", "Успех"],
    "3200/142": ["Сервис", "Готово"],
}
OWNER = {"name": "Договор 17", "_embedded": {"companies": [{"id": 9}]}}


def test_a_lead_that_moved_names_both_stages():
    record = mapped("events", EVENT, stages=STAGES, owner=OWNER)
    assert (record.deal, record.title, record.before, record.after) == (
        "leads/410", "Договор 17", "Первичный контакт", "Успех",
    )  # fmt: skip
    assert people(record) == [("author", "user", "users/6"), ("client", "ref", "companies/9")]


def test_a_lead_that_went_to_another_pipeline_names_it_for_142_is_in_all_of_them():
    moved = {**EVENT, "value_after": [{"lead_status": {"id": 142, "pipeline_id": 3200}}]}
    record = mapped("events", moved, stages=STAGES, owner=OWNER)
    assert (record.before, record.after) == ("Продажи: Первичный контакт", "Сервис: Готово")
    assert mapped("events", EVENT).after == "142", "a stage that was deleted since"


HANDED = {
    **EVENT, "type": "entity_responsible_changed",
    "value_before": [{"responsible_user": {"id": 6}}], "value_after": [{"responsible_user": {"id": 7}}],
}  # fmt: skip


def test_a_card_that_went_to_another_of_us_names_whose_it_was_and_is_and_who_decided_it():
    record = mapped("events", HANDED, owner=OWNER)
    assert (record.deal, record.title, record.before, record.after) == ("leads/410", "Договор 17", "", "")
    assert people(record) == [
        ("author", "user", "users/6"), ("former", "user", "users/6"), ("responsible", "user", "users/7"),
        ("client", "ref", "companies/9"),
    ]  # fmt: skip
    contact = mapped("events", {**HANDED, "entity_type": "contact", "created_by": 0, "value_before": []})
    assert contact.deal == "contacts/410"
    assert people(contact) == [("responsible", "user", "users/7"), ("client", "ref", "contacts/410")]


def test_a_task_that_went_to_another_of_us_tells_of_itself():
    body = orjson.dumps({"stream": "events", "item": {**HANDED, "entity_type": "task"}})
    assert to_records(body, SETTINGS, WINDOW) == []


def test_an_invoice_is_a_document_of_its_payer():
    fields = [
        field(401, "select", "Оплачен", code="BILL_STATUS"), field(403, "price", 4500.5, code="BILL_PRICE"),
        field(404, "linked_entity", {"name": "ООО «Ромашка»", "entity_id": 9, "entity_type": "companies"}, code="PAYER"),
    ]  # fmt: skip
    record = mapped(
        "invoices", {"id": 1, "name": "Счёт № 1", "created_at": AT, "custom_fields_values": fields}, currency="RUB"
    )
    assert (record.type, record.status, record.amount, record.currency) == (
        "invoice",
        "Оплачен",
        Decimal("4500.50"),
        "RUB",
    )
    assert people(record) == [("client", "ref", "companies/9")]


def test_a_purchase_is_a_payment_of_its_customers_clients_on_the_day_it_was_made():
    item = {
        "id": 3,
        "customer_id": 8,
        "price": 2500,
        "comment": "Отгрузка 7\nсо склада",
        "completed_at": AT,
        "created_at": AT + 900,
        "created_by": 6,
    }
    record = mapped(
        "purchases", item, owner={"name": "Обслуживание", "_embedded": {"contacts": [{"id": 84}]}}, currency="RUB"
    )
    assert (type(record).__name__, record.type, record.amount, record.currency) == (
        "Document",
        "payment",
        Decimal(2500),
        "RUB",
    )
    assert (record.at.utc, record.title, record.text) == (MADE, "Отгрузка 7", "Отгрузка 7\nсо склада")
    assert people(record) == [("author", "user", "users/6"), ("client", "ref", "contacts/84")]
    assert mapped("purchases", {**item, "comment": None}, owner={"name": "Обслуживание"}).title == "Обслуживание"


def test_a_customer_is_a_deal_worth_its_next_purchase():
    item = {
        "id": 3,
        "name": "Обслуживание",
        "next_price": 900,
        "next_date": AT,
        "created_at": AT,
        "_embedded": {"companies": [{"id": 9}]},
    }
    record = mapped("customers", item, stage="Новый")
    assert (record.stage, record.status, record.amount) == ("Новый", "open", Decimal(900))
    assert dict(record.extra) == {"next_purchase": "2026-01-21"}


# --- tasks and notes -------------------------------------------------------------------------------------------------

TASK = {
    "id": 7, "text": "Перезвонить", "task_type_id": 1, "complete_till": AT + 3600, "duration": 0, "is_completed": True,
    "result": {"text": "Сделано"}, "created_at": AT, "updated_at": AT + 7200, "responsible_user_id": 6, "entity_id": 410,
    "entity_type": "leads",
}  # fmt: skip


def test_a_task_has_its_term_and_what_came_of_it():
    record = mapped("tasks", TASK, owner=OWNER)
    assert (record.title, record.text, record.status) == ("Перезвонить", "Перезвонить\n\nСделано", "done")
    assert (record.due.utc.timestamp(), record.done.utc.timestamp()) == (AT + 3600, AT + 7200)
    assert people(record) == [("responsible", "user", "users/6"), ("client", "ref", "companies/9")]


@pytest.mark.parametrize("result", [[], {}, None])
def test_an_open_task_without_a_result_is_open(result):
    record = mapped(
        "tasks", {**TASK, "is_completed": False, "result": result, "entity_type": "companies", "entity_id": 9}
    )
    assert (record.status, record.done, record.text) == ("open", None, "Перезвонить")
    assert ("client", "ref", "companies/9") in people(record)


@pytest.mark.parametrize(
    ("type_", "length", "kind"), [(2, 1800, hub.Meeting), (2, 0, hub.Task), (2, 86_340, hub.Task), (1, 1800, hub.Task)]
)
def test_a_task_of_type_meeting_is_a_meeting_where_it_has_a_time(type_, length, kind):
    record = mapped("tasks", {**TASK, "task_type_id": type_, "duration": length})
    assert type(record) is kind
    if kind is hub.Meeting:
        assert (record.at.utc.timestamp(), record.end.utc.timestamp()) == (AT + 3600, AT + 5400)


def note(kind, entity="contacts", number=84, **params):
    return {"id": 1, "entity_id": number, "entity_type": entity, "note_type": kind, "params": params, "created_at": AT, "updated_at": AT,
            "created_by": 6, "responsible_user_id": 5}  # fmt: skip


CALL = {"uniq": "8f52", "duration": 60, "phone": "+79161234567", "call_status": 4, "call_result": "Договорились"}


def test_a_call_has_its_direction_its_length_and_the_name_that_the_exchange_gave_it():
    record = mapped("notes", note("call_in", **CALL))
    assert (record.direction, record.seconds, record.result, record.of) == ("in", 60, "answered", "calls/8f52")
    assert people(record) == [
        ("caller", "phone", "+79161234567"), ("callee", "user", "users/5"), ("client", "ref", "contacts/84"),
    ]  # fmt: skip
    assert [role for role, *_ in people(mapped("notes", note("call_out", **CALL)))] == ["callee", "caller", "client"]


@pytest.mark.parametrize(
    ("status", "seconds", "result"),
    [(4, 60, "answered"), (6, 0, "missed"), (7, 0, "busy"), (1, 20, "voicemail"), (None, 0, "missed"), (None, 5, "answered"),
     (2, 30, "answered"), ("4", 1, "answered"), ("?", 0, "missed")],
)  # fmt: skip
def test_what_came_of_a_call(status, seconds, result):
    assert mapped("notes", note("call_in", **{**CALL, "call_status": status, "duration": seconds})).result == result


def test_a_card_of_a_mail_says_that_it_is_no_more_than_that():
    mail = {"from": {"email": "petr@romashka.example", "name": "Пётр"}, "to": [{"email": "anna@my.example"}], "subject": "Запрос цены",
            "content_summary": "Добрый день!", "delivery": {"time": AT - 60}}  # fmt: skip
    record = mapped("notes", note("amomail_message", **mail))
    assert (record.subject, record.text, record.message_id) == ("Запрос цены", "Добрый день!", "")
    assert record.at.utc.timestamp() == AT - 60
    assert people(record)[:2] == [("from", "email", "petr@romashka.example"), ("to", "email", "anna@my.example")]
    assert "only its beginning" in record.defects[0]


def test_an_sms_is_a_message():
    record = mapped("notes", note("sms_out", text="Ваш заказ готов", phone="+79161234567"))
    assert (record.channel, record.text) == ("sms", "Ваш заказ готов")
    assert people(record)[:2] == [("to", "phone", "+79161234567"), ("from", "user", "users/6")]


@pytest.mark.parametrize(
    ("kind", "params", "title"),
    [("common", {"text": "Просят скидку\nи ещё"}, "Просят скидку"), ("service_message", {"service": "Робот", "text": "Счёт отправлен"}, "Робот: Счёт отправлен"),
     ("attachment", {"original_name": "Договор.pdf", "file_uuid": "x"}, "Договор.pdf"), ("geolocation", {"address": "Москва", "text": ""}, "Москва"),
     ("site_visit", {}, "site_visit")],
)  # fmt: skip
def test_whatever_else_is_noted_is_a_note(kind, params, title):
    record = mapped("notes", note(kind, **params))
    assert (type(record), record.title) == (hub.Note, title)


def test_a_message_of_a_chat_is_there_without_its_words():
    told = {**EVENT, "type": "incoming_chat_message", "entity_type": "contact", "entity_id": 84,
            "value_after": [{"message": {"id": "m1", "talk_id": 31, "origin": "telegram"}}]}  # fmt: skip
    record = mapped("events", told)
    assert (record.channel, record.conversation, record.text) == ("telegram", "31", "")
    assert people(record) == [("client", "ref", "contacts/84")]


# --- rubbish ---------------------------------------------------------------------------------------------------------


UNSORTED = {
    "uid": "7f", "category": "sip", "source_name": "Телефония", "pipeline_id": 3100, "created_at": AT + 5,
    "_embedded": {"contacts": [{"id": 84}], "companies": [], "leads": []},
}  # fmt: skip
CLIENT = ("client", "ref", "contacts/84")


def came_in(category, **told):
    return mapped("unsorted", {**UNSORTED, "category": category, "metadata": told})


def test_an_unsorted_call_bears_the_name_of_the_call_that_it_will_have_as_a_note():
    record = came_in("sip", **{"from": "79991234567", "called_at": AT, "duration": 0, "uniq": "8f52"})
    assert (record.at.utc, record.of, record.result, record.direction) == (MADE, "calls/8f52", "missed", "in")
    assert people(record) == [("caller", "phone", "79991234567"), CLIENT]


def test_an_unsorted_mail_is_a_card_like_any_other():
    sender = {"email": "petr@romashka.example", "name": "Пётр"}
    record = came_in("mail", **{"from": sender, "received_at": AT, "subject": "Цена", "content_summary": "Пришлите"})
    assert (record.subject, record.text, len(record.defects)) == ("Цена", "Пришлите", 1)
    assert people(record) == [("from", "email", "petr@romashka.example"), CLIENT]


def test_of_an_unsorted_chat_the_last_words_are_known():
    told = {"received_at": AT, "service": "telegram", "client": {"name": "Пётр"}, "origin": {"chat_id": "c1"}}
    record = came_in("chats", **told, last_message_text="Есть насосы?")
    assert (record.channel, record.conversation, record.text) == ("telegram", "c1", "Есть насосы?")
    assert [(one.role, one.name) for one in record.participants] == [("from", "Пётр"), ("client", "")]


def test_an_unsorted_form_says_which_and_on_what_page():
    record = came_in("forms", form_name="Заявка", form_page="https://my.example/pumps", form_sent_at=AT)
    assert (record.channel, record.text) == ("form", "Заявка\nhttps://my.example/pumps")


@pytest.mark.parametrize("category", ["sip", "mail", "chats", "forms", "", None])
def test_what_came_in_and_says_nothing_of_itself_came_in_nevertheless(category):
    for nothing in (None, [], {}):
        assert mapped("unsorted", {**UNSORTED, "category": category, "metadata": nothing}).at.utc.timestamp() == AT + 5


def test_what_is_gone_is_gone():
    assert isinstance(mapped("leads", {}, gone=True), hub.Gone)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"stream":"leads"}', b'{"stream":"x","item":{}}', b'{"stream":"leads","item":{}}']
)
def test_what_is_no_object_is_unreadable(body):
    assert isinstance(to_records(body, SETTINGS, WINDOW), hub.Unreadable)


@pytest.mark.parametrize("wrong", [None, 0, -1, 1e300, "x", [], [None], {}, {"id": []}, True, "9" * 400])
@pytest.mark.parametrize(
    ("stream", "item"),
    [("leads", LEAD), ("companies", COMPANY), ("tasks", TASK), ("events", EVENT), ("notes", note("call_in", **CALL)), ("notes", note("amomail_message"))],
)  # fmt: skip
def test_no_field_however_wrong_raises(stream, item, wrong):
    for name in item:
        said = orjson.dumps(
            {"stream": stream, "item": {**item, name: wrong}, "owner": wrong, "stages": wrong, "stage": wrong}
        )
        to_records(said, SETTINGS, WINDOW)


def test_what_is_kept_of_an_object_takes_no_more_memory_than_its_bytes():
    """Thousands of them are held while those before them are stored."""
    raw(0, "leads", {})
    tracemalloc.start()
    try:
        raws = [raw(number, "leads", {"name": "Договор " * 60}) for number in range(100)]
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1.5 * sum(len(one.body) for one in raws)
