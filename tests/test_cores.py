"""How many cores this process may use, in containers that this machine is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seg import cores
from seg.cores import available_cores, thread_limit


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Eight cores, and no container."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "CGROUP_2", tmp_path / "cpu.max")
    monkeypatch.setattr(cores, "CGROUP_1", (tmp_path / "quota", tmp_path / "period"))


def test_without_a_container_all_cores_of_the_process_are_used(monkeypatch):
    assert (available_cores(), thread_limit()) == (8, None)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert (available_cores(), thread_limit()) == (1, None)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("200000 100000", (2, 2)),
        ("150000 100000", (2, 2)),
        ("25000 100000", (1, 1)),
        ("1600000 100000", (8, None)),
        ("max 100000", (8, None)),
        ("0 0", (8, None)),
        ("", (8, None)),
    ],
)
def test_a_containers_share_of_the_cpu_limits_cores_and_threads(limit, expected):
    cores.CGROUP_2.write_text(f"{limit}\n")
    assert (available_cores(), thread_limit()) == expected


@pytest.mark.parametrize(("quota", "expected"), [("300000", (3, 3)), ("-1", (8, None))])
def test_the_files_of_older_systems_say_the_same(quota, expected):
    for file, number in zip(cores.CGROUP_1, (quota, "100000"), strict=True):
        file.write_text(f"{number}\n")
    assert (available_cores(), thread_limit()) == expected
