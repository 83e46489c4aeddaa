"""Known vulnerabilities of the installed packages, by pip-audit; those of ``audit-exceptions.txt`` do not fail.

Where the service that knows them cannot be reached, nothing is audited: that is said, and does not fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXCEPTIONS = Path(__file__).with_name("audit-exceptions.txt")


class Verdict(NamedTuple):
    """What to print, and the exit code: 0 for good, or for not audited; 1 for a vulnerability."""

    lines: list[str]
    code: int


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    done = subprocess.run(command, capture_output=True, text=True)
    verdict = judge(done.stdout, done.stderr, exceptions(EXCEPTIONS.read_text(encoding="utf-8")))
    print(*verdict.lines, sep="\n")
    return verdict.code


def exceptions(text: str) -> dict[str, str]:
    """The reason of each exception, by the vulnerability's name: a line is ``NAME: reason``."""
    rows = [line.partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for name, _, reason in rows:
        if not reason.strip():
            raise SystemExit(f"{EXCEPTIONS.name}: {name} has no reason")
    return {name.strip(): reason.strip() for name, _, reason in rows}


def judge(output: str, errors: str, allowed: dict[str, str]) -> Verdict:
    """The verdict on what pip-audit has written to its output and to its errors."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        last = (errors.strip().splitlines() or ["it wrote nothing"])[-1]
        return Verdict([f"NOT AUDITED: pip-audit has no answer from its service ({last})"], 0)
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return Verdict([f"NOT AUDITED: the service knows none of the {len(packages)} packages: is it a mirror?"], 0)
    lines, code = [f"audited {len(audited)} of {len(packages)} packages"], 0
    for package in audited:
        for vulnerability in package.get("vulns", ()):
            names = {vulnerability["id"], *vulnerability.get("aliases", ())}
            reason = next((allowed[name] for name in names if name in allowed), None)
            fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version"
            what = f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}"
            lines.append(f"{what} (allowed: {reason})" if reason else f"VULNERABLE {what}")
            code = code if reason else 1
    return Verdict(lines, code)


if __name__ == "__main__":
    sys.exit(main())
