"""Roles, free mail and services."""

import pytest

from hub.core import freemail, normalize

ROLES = """
    info sales support office admin mail hr zakaz zakaz1 buh buh2 buhgalter buhgalteria kadry postmaster abuse
    webmaster hello contact orders priemnaya sekretar otdel.prodazh info-msk info_spb sales-ekb office2024 2info
    noreply no-reply no_reply no.reply donotreply do-not-reply mailer-daemon bounce-17 robot notifications sklad yurist
    snab tender dostavka info+crm инфо бухгалтерия заказ no-reply-orders billing.noreply neotvechat
"""
PERSONS = """
    ivanov i.ivanov ivan.petrov anna infanteva salesky ivan.info maria.hr adminov bukharin mailov petrov.sales
    orderova sergey77 zakazova norreplyev robotov testova a 77 anna-maria
"""
FREE = """
    mail.ru yandex.ru ya.ru yandex.kz bk.ru list.ru inbox.ru internet.ru rambler.ru lenta.ru myrambler.ru gmail.com
    googlemail.com outlook.com hotmail.de live.fr yahoo.co.uk icloud.com me.com mac.com proton.me gmx.de web.de aol.com
    ukr.net i.ua mail.ua tut.by narod.ru qq.com 163.com romashka.narod.ru
"""


@pytest.mark.parametrize(
    "local",
    ROLES.split(),
)
def test_a_role_is_no_person(local):
    assert normalize.is_role(f"{local}@romashka.example")


@pytest.mark.parametrize(
    "local",
    PERSONS.split(),
)
def test_a_person_is_no_role(local):
    assert not normalize.is_role(f"{local}@romashka.example")


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("noreply", True),
        ("no-reply", True),
        ("no_reply", True),
        ("do-not-reply", True),
        ("mailer-daemon", True),
        ("bounces+17", True),
        ("crm.noreply", True),
        ("noreply2", True),
        ("info", False),
        ("support", False),
        ("postmaster", False),
        ("norepin", False),
        ("reply", False),
    ],
)
def test_nobody_reads_some_addresses(local, expected):
    assert normalize.is_noreply(f"{local}@romashka.example") is expected


@pytest.mark.parametrize(
    "domain",
    FREE.split(),
)
def test_anybody_can_have_free_mail(domain):
    assert normalize.is_free_mail(domain)


@pytest.mark.parametrize(
    "domain",
    ["romashka.example", "corp.mail.ru", "yandex-team.ru", "mymail.ru", "gmail.com.romashka.example", "ru", ""],
)
def test_a_company_s_domain_is_not_free_mail(domain):
    assert not normalize.is_free_mail(domain)


@pytest.mark.parametrize("domain", ["mail.bitrix24.ru", "romashka.bitrix24.ru", "amocrm.ru", "facebookmail.com"])
def test_a_service_is_no_client(domain):
    assert normalize.is_service_domain(domain)


@pytest.mark.parametrize("domain", ["romashka.onmicrosoft.com", "romashka.example", "ozon.ru", "google.com"])
def test_a_tenant_or_a_company_is_no_service(domain):
    assert not normalize.is_service_domain(domain)


def test_the_lists_are_written_in_the_form_they_are_compared_in():
    aliases = set(normalize._ONE_MAILBOX)
    for domain in freemail.FREE_MAIL | freemail.SERVICES | freemail.CORPORATE:
        assert domain in aliases or normalize.domain(domain) == domain
    assert len(freemail.FREE_MAIL) > 200
