"""The audit of installed packages: what fails, what is allowed with a reason, and what is said where nothing can be."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "audit.py"
BAD = {"name": "pillow", "version": "9.0", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["9.1"]}]}
GOOD = {"name": "numpy", "version": "2.3", "vulns": []}
SKIPPED = {"name": "scipy", "skip_reason": "not found on PyPI"}


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(*packages: dict) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_vulnerability_fails_the_audit_and_names_the_version_that_mends_it(audit):
    verdict = audit.judge(answer(GOOD, BAD), "", {})
    assert verdict.code == 1 and "VULNERABLE pillow 9.0: PYSEC-1, fixed in 9.1" in verdict.lines


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_an_exception_has_a_reason_and_lets_the_audit_pass(audit, name):
    verdict = audit.judge(answer(BAD), "", audit.exceptions(f"# why\n{name}: we do not decode FITS\n"))
    assert verdict.code == 0 and "allowed: we do not decode FITS" in verdict.lines[-1]
    with pytest.raises(SystemExit, match="no reason"):
        audit.exceptions(name)


@pytest.mark.parametrize(
    ("output", "errors"), [("", "ConnectionError: pypi.org"), (answer(SKIPPED), ""), ("{", ""), ("", "")]
)
def test_where_nothing_can_be_audited_that_is_said_and_does_not_fail(audit, output, errors):
    verdict = audit.judge(output, errors, {})
    assert verdict.code == 0 and verdict.lines[0].startswith("NOT AUDITED")


def test_every_exception_of_this_project_has_a_reason(audit):
    audit.exceptions(audit.EXCEPTIONS.read_text(encoding="utf-8"))
