"""A company that a seed has put into both simulated CRMs is one client: nothing that tells companies apart differs."""

from datetime import date

import orjson
import pytest
from hub_crm_amo.mapping import to_records as of_amo
from hub_crm_amo.settings import Settings as Amo
from hub_crm_amo.simulator import rows
from hub_crm_amo.simulator.world import World as Account
from hub_crm_bitrix.mapping import to_records as of_bitrix
from hub_crm_bitrix.settings import Settings as Bitrix
from hub_crm_bitrix.simulator import requisites
from hub_crm_bitrix.simulator.world import World as Portal

import hub

AMO = Amo.model_validate({"account": "my.amocrm.ru", "token": "x", "inn": 105})
BITRIX = Bitrix.model_validate({"webhook": "https://my.bitrix24.example/rest/12/secretcode/"})
WINDOW = hub.Window(date(2026, 11, 22), date(2027, 11, 22))


def known(mapped: list[hub.Mapped]) -> tuple[set[tuple[str, str]], str]:
    """The tax numbers of a company, and where it is registered."""
    assert not isinstance(mapped, hub.Unreadable), mapped
    company = mapped[0].record
    assert isinstance(company, hub.Company)
    return {(one.kind, one.value) for one in company.identifiers if one.kind == "inn"}, company.kpp


@pytest.mark.parametrize("seed", [1, 7])
def test_a_company_has_one_inn_and_one_kpp(seed):
    account, portal, compared = Account(seed=seed, size=1000), Portal(seed=seed, size=1000), 0
    for number in (one for one in requisites.requisites(portal) if one <= 60):
        item = {"id": number, "title": "", "fm": []}
        there = {"stream": "companies", "item": item, "requisites": [requisites.requisite(portal, number)]}
        here = {"stream": "companies", "item": rows.company(account, number)}
        inn, kpp = known(of_bitrix(orjson.dumps(there), BITRIX, WINDOW))
        other_inn, other_kpp = known(of_amo(orjson.dumps(here), AMO, WINDOW))
        assert inn == other_inn
        assert other_kpp in {kpp, ""}
        compared += bool(other_kpp)
    assert compared > 10
