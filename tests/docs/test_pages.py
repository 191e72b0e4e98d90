"""Every page that tells what to do is done, and prints what it says."""

import os
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "quickstart.md", *sorted((DOCS / "how-to").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_whoever_does_what_the_page_says_sees_what_it_shows(page, follow):
    better, difference = follow(page.read_text(encoding="utf-8"))
    if os.environ.get("HUB_WRITE_DOCS"):
        page.write_text(better, encoding="utf-8")
    assert not difference, difference
