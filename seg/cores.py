"""How many cores this process may use: in a container fewer than the machine has."""

from __future__ import annotations

import math
import os
from pathlib import Path

# Where Linux says what share of the CPU a container has: control groups of version 2, and of version 1.
CGROUP_2 = Path("/sys/fs/cgroup/cpu.max")
CGROUP_1 = (Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us"))


def available_cores() -> int:
    """Cores that this process may use, at least 1; a share of a core counts as one."""
    share = _container_share()
    return min(_cores_by_affinity(), math.ceil(share)) if share else _cores_by_affinity()


def thread_limit() -> int | None:
    """How many threads a library that counts cores may start at most; None where it counts right by itself.

    A library that starts a thread for each of the machine's cores is stopped by the system whenever all of them
    together have used up the container's share.
    """
    cores = available_cores()
    return cores if cores < _cores_by_affinity() else None


def _cores_by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _container_share() -> float | None:
    """The share of the CPU that a container has, in cores, such as 1.5; None without a limit.

    ``docker run --cpus`` and Kubernetes set it as microseconds in a period, which no count of cores shows.
    """
    numbers = _numbers(CGROUP_2) or [number for file in CGROUP_1 for number in _numbers(file)]
    try:
        quota, period = map(int, numbers)
    except ValueError:  # "max": no limit; or no such files
        return None
    return quota / period if quota > 0 and period > 0 else None  # -1: no limit


def _numbers(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
