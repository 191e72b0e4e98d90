"""A sample of the fuzz campaign; the whole one is run by command, see `fuzz.py`."""

from itertools import islice
from types import ModuleType

import pytest


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(4))
def test_no_damage_breaks_the_reading_of_mail(fuzz: ModuleType, seed: int) -> None:
    found = [fault for data in islice(fuzz.mutants(seed, fuzz.samples()), 600) if (fault := fuzz.broken(data))]
    assert found == []


def test_the_campaign_notices_what_is_broken(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "prune", lambda data: data + b"x")
    assert fuzz.broken(fuzz.samples()[0]) == "pruning twice is not pruning once"
