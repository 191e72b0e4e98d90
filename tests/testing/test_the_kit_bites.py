"""Every clause of the conformance kit fails for the mutant that breaks it, and for no other.

Mapping in another process costs most of a second for every mutant, so that clause is left to its own mutant here;
`HUB_CAMPAIGN=1` tries it on all of them.
"""

import os
import subprocess
import sys
from collections import defaultdict
from importlib import util
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hub.testing import ConnectorTests

MUTANTS = Path(__file__).with_name("mutants.py")
SLOW = "another_process"


@pytest.fixture(scope="module")
def breaks():
    """Mutant -> the clause it breaks, "" for one that is none."""
    spec = util.spec_from_file_location("mutants_to_name", MUTANTS)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: kind.breaks for name, kind in vars(module).items() if name.startswith("Test")}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Mutant -> {clause: "passed", "failed" or "skipped"}."""
    report = tmp_path_factory.mktemp("mutants") / "report.xml"
    fewer = [] if os.environ.get("HUB_CAMPAIGN") else ["-k", f"not {SLOW} or TestItsMapHashes or TestTheOriginal"]
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", MUTANTS, f"--junitxml={report}", *fewer]
    done = subprocess.run(run, capture_output=True, text=True, timeout=280, cwd=MUTANTS.parents[2], check=False)
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    results = defaultdict(dict)
    for case in ET.parse(report).iter("testcase"):
        outcome = {"failure": "failed", "error": "failed", "skipped": "skipped"}
        found = [outcome[child.tag] for child in case if child.tag in outcome]
        results[case.get("classname").rpartition(".")[2]][case.get("name")] = (found or ["passed"])[0]
    return results


def clauses():
    return {name for name in dir(ConnectorTests) if name.startswith("test_")}


def test_every_clause_has_a_mutant(breaks):
    broken = [clause for clause in breaks.values() if clause]
    assert set(broken) == clauses()
    assert len(broken) == len(clauses())


@pytest.mark.timeout(300)
def test_a_mutant_fails_the_clause_it_breaks_and_no_other(breaks, results):
    failed = {mutant: {clause for clause, how in found.items() if how == "failed"} for mutant, found in results.items()}
    assert failed == {mutant: {clause} if clause else set() for mutant, clause in breaks.items()}


@pytest.mark.timeout(300)
def test_no_clause_is_skipped_but_those_that_need_what_a_source_lacks(results):
    skipped = {clause for found in results.values() for clause, how in found.items() if how == "skipped"}
    optional = {
        "test_waiting_ends_at_the_deadline", "test_memory_does_not_grow_with_the_number_of_items",
        "test_what_it_calls_quiet_brings_nothing",
        "test_a_source_that_stays_brings_on_its_next_turn_what_a_new_one_would",
    }  # fmt: skip
    assert skipped == optional
    assert len(results["TestTheOriginal"]) == len(clauses())
