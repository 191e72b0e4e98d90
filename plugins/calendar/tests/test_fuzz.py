"""A sample of the fuzz campaign, with a seed of its own."""

import runpy
from pathlib import Path

import pytest

FUZZ = runpy.run_path(str(Path(__file__).parent / "fuzz.py"))


@pytest.mark.campaign
def test_damaged_calendars_are_cut_and_mapped_without_an_error():
    score = FUZZ["campaign"](mutants=100, seed=7)
    assert score.wrong == []
    assert score.meetings > 50
