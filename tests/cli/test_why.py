import json

import pytest

import hub
from hub.cli.reasons import apart
from hub.i18n import using
from hub.testing.memory import Memory
from tests.cli import shop

ROMASHKA = """\
ООО «Ромашка»  {company}
Parts
  {company}  ООО «Ромашка» (company)  romashka.example, INN 7707083893, +7 495 123-45-67
            from shop/companies/1@0
  {domain}  romashka.example (domain)
            ours wrote to petrov@romashka.example
What made them one
  ООО «Ромашка» = romashka.example: the same domain: romashka.example
Who speaks for it
  Иван Петров: the card of the contact names the company (shop/companies/1)
    from shop/people/1@0
  Мария Сидорова: it is at the company's domain (romashka.example)
    from shop/people/2@0
"""


def test_a_client_is_explained_by_its_parts_and_what_made_them_one(sold):
    found = json.loads(sold("why", "ООО Ромашка", "--json").out)
    company, domain = (part["id"] for part in sorted(found["parts"], key=lambda part: part["kind"]))
    assert sold("why", "ООО Ромашка").out == ROMASHKA.format(company=company, domain=domain)
    assert [(one["reason"], one["value"]) for one in found["joins"]] == [("domain", "romashka.example")]
    assert [(one["name"], one["reason"]) for one in found["persons"]] == [
        ("Иван Петров", "ref"), ("Мария Сидорова", "domain"),
    ]  # fmt: skip


def test_two_clients_are_told_apart_by_what_keeps_them_apart(sold):
    found = json.loads(sold("why", "ООО Ромашка", "7736050003", "--json").out)
    assert found["different_inn"] == ["7707083893", "7736050003"]
    assert [(one["kind"], one["verdict"]) for one in found["shared"]] == [("phone", "names")]
    said = sold("why", "ООО Ромашка", "7736050003").out
    assert "different INN: 7707083893, 7736050003" in said
    assert "both have the phone +7 495 123-45-67, but a phone joins only what bears a similar name" in said
    assert "hub clients merge" in said


def test_a_number_that_two_clients_share_is_named_once(sold):
    shared = hub.Identifier("inn", "7736050003")
    with using("ru"):
        assert next(apart.shared_told([apart.Shared(shared, "counts")])) == "общее у обоих: ИНН 7736050003"


def test_two_clients_that_share_nothing_are_told_so(sold):
    said = sold("why", "ООО Стройка", "ООО Ромашка-Сервис", "--lang", "ru").out
    assert "нет общих ИНН, ОГРН, адресов почты, доменов и телефонов" in said


def test_a_private_customer_and_a_company_never_meet_by_themselves(sold):
    assert json.loads(sold("why", "Ольга Частная", "ООО Ромашка", "--json").out)["person_and_company"] is True


def test_one_client_is_not_explained_as_two(sold):
    assert "are one client" in sold("why", "ООО Ромашка", "7707083893").out


@pytest.mark.parametrize("key", ["mail:b1@x.example", "<b1@x.example>", "b1@x.example"])
def test_an_interaction_is_explained_by_where_it_was_seen_and_whose_it_is(sold, key):
    found = json.loads(sold("why", key, "--json").out)
    assert [(one["title"], one["custodian"]) for one in found["interaction"]["origins"]] == [
        ("Входящие", "anna@my.example"), ("Входящие", "boris@my.example"),
    ]  # fmt: skip
    assert [(one["name"], one["role"], one["through"]) for one in found["clients"]] == [
        ("ООО «Ромашка»", "from", ["petrov@romashka.example"])
    ]
    assert len(found["members"]) == 2
    said = sold("why", key).out
    assert "from petrov@romashka.example: the card of the contact names the company" in said
    assert "shop/Входящие/9 (boris@my.example)" in said


def test_copies_that_differ_are_shown_side_by_side(sold):
    source = Memory.load(sold.folder / "shop.json")
    text = "Подписали, высылаю скан договора.\nОплатим завтра."
    other = shop.mail("b1", 2, "petrov@romashka.example", "anna@my.example", "Re: Договор поставки", text)
    source.amend("boris", "9", other)
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    found = json.loads(sold("why", "mail:b1@x.example", "--json").out)
    assert "differs" in found["interaction"]["marks"]
    assert any("Оплатим завтра." in line for line in found["differences"])


def test_participants_who_are_nobodys_client_are_told_why(sold):
    (sold.folder / "hub.toml").write_text(shop.CONFIG + 'store = "all"\n')
    sold("sync", "--quiet")
    found = json.loads(sold("why", "mail:s1@x.example", "--json").out)
    assert found["clients"] == []
    assert [(one["value"], one["why"]) for one in found["nobody"]] == [
        ("mama@yandex.ru", "a free-mail address makes nobody a client")
    ]


def test_what_there_is_not_cannot_be_explained(sold):
    said = sold("why", "mail:none@x.example")
    assert said.code == 2
    assert "neither a client nor an interaction" in said.err


def test_a_domain_that_is_lent_is_explained_by_the_contact_who_writes_from_it(sold):
    source = Memory.load(sold.folder / "shop.json")
    source.add("companies", "7", hub.Company(name="АО «Ландыш»"))
    known = (shop.by("email", "lena@landysh.example"),)
    source.add("people", "7", hub.Contact(name="Елена Ландышева", identifiers=known, companies=("companies/7",)))
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    found = json.loads(sold("why", "АО Ландыш", "--json").out)
    assert [(one["reason"], one["value"]) for one in found["joins"]] == [("lent", "shop/people/7@0")]
    said = sold("why", "lena@landysh.example", "--lang", "ru").out
    assert "АО «Ландыш» = landysh.example: с этого домена пишут контактные лица только этой компании" in said
    assert "Елена Ландышева (из shop/people/7@0)" in said


@pytest.mark.parametrize(
    ("second", "domain", "why"),
    [
        (hub.Contact(name="Пётр", identifiers=(shop.by("email", "petr@landysh.example"),), companies=("companies/2",)),
         "", "contacts of other companies do, too"),
        (hub.Contact(name="Пётр", identifiers=(shop.by("email", "petr@buh.example"),), companies=("companies/7",)),
         "", "no fewer of them write from elsewhere"),
        (None, "lily.example", "that company has a domain of its own"),
    ],
)  # fmt: skip
def test_a_domain_that_is_not_lent_is_explained(sold, second, domain, why):
    source = Memory.load(sold.folder / "shop.json")
    known = (shop.by("domain", domain),) if domain else ()
    source.add("companies", "7", hub.Company(name="АО «Ландыш»", identifiers=known))
    lena = (shop.by("email", "lena@landysh.example"),)
    source.add("people", "7", hub.Contact(name="Елена Ландышева", identifiers=lena, companies=("companies/7",)))
    if second is not None:
        source.add("people", "8", second)
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    said = sold("why", "АО «Ландыш»", "domain:landysh.example").out
    assert f"contacts of АО «Ландыш» write from landysh.example, but {why}" in said


def test_what_was_changed_of_a_meeting_is_told_with_who_and_when(sold):
    source = Memory.load(sold.folder / "shop.json")
    anna = shop.who("organizer", "anna@my.example")
    petrov = {said: shop.who("attendee", "petrov@romashka.example", "", said) for said in ("accepted", "declined")}
    for revision, (day, answer, status) in enumerate(
        [
            (25, "accepted", "confirmed"),
            (26, "accepted", "confirmed"),
            (26, "declined", "confirmed"),
            (26, "declined", "cancelled"),
        ]
    ):
        said = shop.hub.Meeting(
            at=shop.at(day), end=shop.at(day, 10), uid="plan", title="План", status=status, stamp=shop.at(revision + 1),
            participants=(anna, petrov[answer]),
        )  # fmt: skip
        (source.add if revision == 0 else source.amend)("calendar", "77", said)
        source.save(sold.folder / "shop.json")
        sold("sync", "--quiet")
    found = json.loads(sold("why", "meeting:plan/", "--json").out)
    assert found["changes"] == [
        {"kind": "moved", "at": "2024-11-02T12:00:00+03:00", "who": "anna@my.example",
         "before": ["2024-11-25T12:00:00+03:00", "2024-11-25T13:00:00+03:00"],
         "after": ["2024-11-26T12:00:00+03:00", "2024-11-26T13:00:00+03:00"]},
        {"kind": "answer", "at": "2024-11-03T12:00:00+03:00", "who": "petrov@romashka.example",
         "before": "accepted", "after": "declined"},
        {"kind": "status", "at": "2024-11-04T12:00:00+03:00", "who": "anna@my.example",
         "before": "confirmed", "after": "cancelled"},
    ]  # fmt: skip
    assert sold("why", "meeting:plan/").out.partition("How it came about\n")[2].splitlines()[:3] == [
        "  2024-11-02 12:00  Анна Смирнова: moved from 2024-11-25 12:00–13:00 to 2024-11-26 12:00–13:00",
        "  2024-11-03 12:00  Иван Петров: accepted → declined",
        "  2024-11-04 12:00  Анна Смирнова: confirmed → cancelled",
    ]
    assert "перенесено с 25.11.2024 12:00–13:00 на 26.11.2024" in sold("why", "meeting:plan/", "--lang", "ru").out
