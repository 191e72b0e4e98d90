"""What is assumed: named once, and a request that would show it is one that the portal understands."""

import pytest
from hub_crm_bitrix.simulator import ASSUMPTIONS
from hub_crm_bitrix.simulator.methods import METHODS


def test_every_assumption_has_a_name_of_its_own():
    names = [one.name for one in ASSUMPTIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("assumption", [one for one in ASSUMPTIONS if one.ask], ids=lambda one: one.name)
def test_what_would_show_it_only_reads(client, assumption):
    method, _, query = assumption.ask.partition("?")
    assert method in {*METHODS, "batch"}
    status, _ = client.form(method, query)
    assert status in (200, 400, 403)
    assert not any(effect.wrote for effect in client.portal.log)


def test_every_knob_is_there(client):
    client.portal.limits = None
    for path in (one.knob for one in ASSUMPTIONS if one.knob):
        name = path.partition(".")[0]
        assert hasattr(client.portal, name)
