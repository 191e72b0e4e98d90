"""From a mail to its record: who, when, in which thread, what besides."""

import pytest
from hub_email import caps
from hub_email.message import Parsed, parse

import hub

HEAD = {
    "From": "petr@romashka.example",
    "To": "anna@my.example",
    "Date": "Mon, 16 Nov 2026 10:05:00 +0300",
    "Message-ID": "<1@romashka.example>",
}


def mail(body: str = "the text of the mail", **fields: str) -> hub.Email:
    """A mail with these header fields (`message_id` is Message-ID; "" leaves one out)."""
    given = HEAD | {name.replace("_", "-").title().replace("-Id", "-ID"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\n" for name, value in given.items() if value)
    parsed = parse(f"{head}\n{body}".encode())
    assert isinstance(parsed, Parsed)
    return parsed.mail


def roles(record: hub.Email) -> list[tuple[str, str]]:
    return [(one.role, one.identifier.value if one.identifier else "") for one in record.participants]


# --- who ---


def test_everybody_in_the_header_takes_part() -> None:
    record = mail(cc="c@d.example", bcc="e@f.example", reply_to="g@h.example")
    assert roles(record) == [
        ("from", "petr@romashka.example"),
        ("reply_to", "g@h.example"),
        ("to", "anna@my.example"),
        ("cc", "c@d.example"),
        ("bcc", "e@f.example"),
    ]


def test_a_reply_to_that_repeats_the_sender_says_nothing() -> None:
    assert ("reply_to", "Petr@romashka.example") not in roles(mail(reply_to="<Petr@romashka.example>"))


def test_without_from_the_sender_is_taken_and_then_the_return_path() -> None:
    assert roles(mail(**{"from": "", "sender": "s@x.example"}))[0] == ("from", "s@x.example")
    assert roles(mail(**{"from": "", "return_path": "<r@x.example>"}))[0] == ("from", "r@x.example")
    assert "There is no sender." in mail(**{"from": ""}).defects


# --- when ---


@pytest.mark.parametrize(
    ("date", "received", "hour", "defect"),
    [
        ("Mon, 16 Nov 2026 10:05:00 +0300", "by x; Mon, 16 Nov 2026 11:00:00 +0300", 7, ""),
        ("Mon, 16 Nov 2026 10:05:00 +0300", "", 7, ""),
        ("Wed, 18 Nov 2026 10:05:00 +0300", "by x; Mon, 16 Nov 2026 11:00:00 +0300", 7, ""),
        (
            "Fri, 20 Nov 2026 10:05:00 +0300",
            "by x; Mon, 16 Nov 2026 11:00:00 +0300",
            8,
            "is later than the mail arrived",
        ),
        ("", "by x; Mon, 16 Nov 2026 11:00:00 +0300", 8, "is missing"),
        ("Tue, 01 Jan 1980 00:00:00 +0000", "by x; Mon, 16 Nov 2026 11:00:00 +0300", 8, "cannot be right"),
        ("yesterday", "by x; never", 0, "cannot be right, and no time of arrival is given"),
        ("", "", 0, "is missing, and no time of arrival is given"),
    ],
)
def test_an_absurd_date_gives_way_to_the_time_of_arrival(date: str, received: str, hour: int, defect: str) -> None:
    record = mail(date=date, received=received)
    assert record.at.utc.hour == hour
    assert any(defect in one for one in record.defects) if defect else record.defects == ()


# --- thread ---


def test_references_come_before_in_reply_to_each_once() -> None:
    assert mail(references="<a@b> <c@d>\n <a@b>", in_reply_to="<c@d> <e@f>").references == ("a@b", "c@d", "e@f")


def test_of_too_many_references_the_last_are_kept() -> None:
    record = mail(references=" ".join(f"<{n}@b>" for n in range(500)))
    assert len(record.references) == caps.REFERENCES
    assert record.references[-1] == "499@b"


@pytest.mark.parametrize(
    ("written", "read"),
    [("<a@b>", "a@b"), ("a@b", "a@b"), (" < a@b > ", "a@b"), ("<[a.b]@c>", "[a.b]@c"), ("<a@b> (added by x)", "a@b")],
)
def test_a_message_id_stands_without_brackets(written: str, read: str) -> None:
    assert mail(message_id=written).message_id == read


def test_a_mail_without_message_id_says_so() -> None:
    assert mail(message_id="").defects == ("There is no Message-ID.",)


# --- besides ---


@pytest.mark.parametrize(
    ("fields", "marks"),
    [
        ({}, ()),
        ({"list_id": "<x>"}, ("bulk",)),
        ({"list_unsubscribe": "<mailto:x@y>"}, ("bulk",)),
        ({"precedence": "Bulk"}, ("bulk",)),
        ({"precedence": "first-class"}, ()),
        ({"feedback_id": "1:2"}, ("bulk",)),
        ({"auto_submitted": "auto-replied"}, ("auto_reply",)),
        ({"auto_submitted": "auto-replied (vacation)"}, ("auto_reply",)),
        ({"auto_submitted": "auto-generated; x=y"}, ("auto",)),
        ({"auto_submitted": "no"}, ()),
        ({"x_autoreply": "yes"}, ("auto_reply",)),
        ({"x_autoreply": "no"}, ()),
        ({"x_auto_response_suppress": "All"}, ("auto",)),
        ({"x_auto_response_suppress": "None"}, ()),
        ({"return_path": "<>"}, ("auto",)),
        ({"return_path": "<petr@romashka.example>"}, ()),
        ({"subject": "Automatic reply: offer"}, ("auto_reply",)),
        ({"subject": "Автоответ: отпуск"}, ("auto_reply",)),
        ({"subject": "Out of Office: until Monday"}, ("auto_reply",)),
        ({"subject": "Автоответчик не работает, перезвоните"}, ("auto_reply",)),
        ({"subject": "Re: Автоответ"}, ()),
        ({"from": "no-reply@shop.example"}, ("auto",)),
        ({"from": "noreply+17@shop.example"}, ("auto",)),
        ({"from": "norepin@shop.example"}, ()),
        ({"from": "MAILER-DAEMON@x.example", "return_path": "<>"}, ("bounce",)),
        ({"x_failed_recipients": "a@b.example"}, ("bounce",)),
        ({"x_unsent": "1"}, ("draft",)),
        ({"x_gmail_labels": "Draft,Work"}, ("draft",)),
        ({"content_type": "multipart/report; report-type=feedback-report; boundary=b"}, ()),
    ],
)  # fmt: skip
def test_marks_are_told_by_headers(fields: dict[str, str], marks: tuple[str, ...]) -> None:
    assert mail(**fields).marks == marks


@pytest.mark.parametrize(
    ("said", "private"),
    [("Private", True), ("personal", True), ("Company-Confidential", False), ("Normal", False), ("", False)],
)
def test_a_private_mail_is_one_whose_sender_says_so(*, said: str, private: bool) -> None:
    assert mail(sensitivity=said).private is private


def test_labels_come_from_google_takeout() -> None:
    assert mail(x_gmail_labels="=?UTF-8?Q?=D0=9A=D0=BB=D0=B8=D0=B5=D0=BD=D1=82=D1=8B?=,Work, ,Work").labels == (
        "Клиенты",
        "Work",
    )


# --- text ---


def test_the_text_is_cut_at_a_million_characters_and_the_record_says_so() -> None:
    record = mail(body="слово " * 200_000)
    assert len(record.text) <= caps.TEXT
    assert any("million characters" in one for one in record.defects)


def test_what_is_not_mime_is_text_in_whatever_charset_it_is_in() -> None:
    data = "From: a@b.example\nSubject: Счёт\n\nДобрый день, высылаем счёт".encode("cp1251")
    parsed = parse(data)
    assert isinstance(parsed, Parsed)
    assert (parsed.mail.subject, parsed.mail.text) == ("Счёт", "Добрый день, высылаем счёт")


def test_all_texts_that_are_no_files_follow_one_another() -> None:
    body = "--b\nContent-Type: text/plain\n\nfirst\n--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: text/plain\n\nlast\n--b\nContent-Type: text/plain; name=a.txt\n\nfile\n--b--"
    record = mail(body=body, content_type="multipart/mixed; boundary=b")
    assert record.text == "first\n\nlast"
    assert [one.name for one in record.attachments] == ["part-2.png", "a.txt"]


def test_files_beside_the_html_alternative_are_listed_too() -> None:
    body = (
        "--a\nContent-Type: text/plain\n\nplain text, long enough to be read\n--a\nContent-Type: multipart/mixed; boundary=m\n\n"
        "--m\nContent-Type: text/html\n\n<p>html\n--m\nContent-Type: application/pdf; name=x.pdf\n\nx\n--m--\n--a--"
    )
    record = mail(body=body, content_type="multipart/alternative; boundary=a")
    assert record.text == "plain text, long enough to be read"
    assert [(one.part, one.name) for one in record.attachments] == [("2.2", "x.pdf")]


def test_a_picture_of_the_html_is_inline() -> None:
    body = "--r\nContent-Type: text/html\n\n<img src=cid:1>\n--r\nContent-Type: image/png\nContent-ID: <1>\n\nx\n--r--"
    assert [one.inline for one in mail(body=body, content_type="multipart/related; boundary=r").attachments] == [True]


@pytest.mark.parametrize("name", ["Счёт Р", "Х.pdf", "список всех"])
@pytest.mark.parametrize("written", ["filename={}", 'filename="{}"', "filename={} ; size=1"])
def test_a_raw_file_name_is_read_whole(name: str, written: str) -> None:
    record = mail(content_type="application/pdf", content_disposition=f"attachment; {written.format(name)}")
    assert [one.name for one in record.attachments] == [name]
