"""Sample mails, and what is read out of them: pairs of .eml and .json. `plain.py` says how to write the .json anew."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from hub_email.message import parse
from hub_email.prune import prune


def test_a_sample_says_what_is_expected(sample: Path, plain: ModuleType) -> None:
    said = json.loads(plain.expected(sample.read_bytes()))
    assert said == json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))


def test_a_pruned_sample_reads_as_the_whole_one(sample: Path) -> None:
    mail = sample.read_bytes()
    assert parse(prune(mail)) == parse(mail)


def test_pruning_twice_is_pruning_once(sample: Path) -> None:
    once = prune(sample.read_bytes())
    assert prune(once) == once


def test_a_sample_breaks_nothing(sample: Path, fuzz: ModuleType) -> None:
    broken: Callable[[bytes], str] = fuzz.broken
    assert broken(sample.read_bytes()) == ""
