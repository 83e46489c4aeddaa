"""A cluster of machines of one core each, all of them on this machine, beside the same cores without Ray."""

from __future__ import annotations

import os

import pytest

from seg.benchmark.child import BenchmarkError
from seg.benchmark.cluster import cluster_benchmark

pytestmark = pytest.mark.slow

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


@pytest.mark.skipif(CORES < 2, reason="two machines of one core each need two cores")
def test_the_cluster_and_the_cores_alone_each_make_all_trimaps():
    pytest.importorskip("ray")
    before = os.sched_getaffinity(0)
    facts = cluster_benchmark(2, 12)
    assert (facts["machines"], facts["photos"]) == (2, 12)
    assert list(facts["runs"]) == ["alone_one", "alone_all", "cluster_one", "cluster_all"]
    for run in facts["runs"].values():
        assert run["seconds"] > 0 and run["photos_per_second"] > 0
        assert run["hours_of_a_million"] == pytest.approx(1e6 / run["photos_per_second"] / 3600)
    assert os.sched_getaffinity(0) == before, "the cores are given back"


@pytest.mark.skipif(not CORES, reason="this system holds no process to a core")
def test_more_machines_than_cores_is_said():
    with pytest.raises(BenchmarkError, match=f"{CORES + 1} cores; here are {CORES}"):
        cluster_benchmark(CORES + 1, 12)
