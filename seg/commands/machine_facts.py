"""What ``doctor`` says of this machine: TensorFlow, GPUs, processor, letters, and the folders that are written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from seg.errors import SegError
from seg.files import cache_folder, why_unwritable
from seg.texts import fill

UTF_8 = ("utf8", "cp65001")  # without its hyphen, and as Windows calls it


def machine_facts(problems: list[str]) -> dict[str, Any]:
    """What TensorFlow says of the machine; where it is missing or broken, the machine without its GPUs.

    A sentence on a TensorFlow that is broken is added to ``problems``.
    """
    from seg.network.device import TensorFlowError, describe_cpu, has_tensorflow, prepare_device
    from seg.network.gpu import note_gpus

    device = describe_cpu()
    if has_tensorflow():
        try:
            device = prepare_device()
            # What was remembered may be of before the GPU's libraries were installed.
            note_gpus(device.gpus)
        except TensorFlowError as error:
            problems.append(str(error))
    return {**device.as_dict(), "encoding": sys.stdout.encoding or ""}


def folder_facts(problems: list[str]) -> dict[str, str]:
    """Where runs and remembered facts are kept; sentences on what cannot be written are added to ``problems``."""
    from seg.data.kept_pairs import PairsError
    from seg.serve.own_pairs import pairs_folder
    from seg.training.runs import RunError, runs_folder

    runs, pairs, cache = runs_folder(), pairs_folder(), cache_folder()
    try:
        Path.home()
    except RuntimeError:
        problems.append(str(SegError("home_missing")))
    if reason := why_unwritable(runs):
        problems.append(str(RunError("run_folder", folder=runs, reason=reason)))
    if not pairs.is_relative_to(runs) and (reason := why_unwritable(pairs)):
        problems.append(str(PairsError("pairs_folder", folder=pairs, reason=reason)))
    if reason := why_unwritable(cache):
        problems.append(str(SegError("cache_unwritable", folder=cache, reason=reason)))
    return {"runs": str(runs), "pairs": str(pairs), "cache": str(cache)}


def print_machine(facts: dict[str, Any]) -> None:
    from seg.network.device import has_nvidia_driver, missing_tensorflow

    if facts["tensorflow"]:
        click.echo(f"TensorFlow {facts['tensorflow']}")
    elif missing := missing_tensorflow():
        click.echo(str(missing))
    for gpu, growth in zip(facts["gpus"], facts["memory_growth"], strict=True):
        click.echo(f"GPU {gpu}, memory growth {'on' if growth else 'off'}")
    if not facts["gpus"]:
        idle = has_nvidia_driver()
        click.echo(fill("en", "sidebar.device_gpu_idle") if idle else "GPU: none found, the CPU computes")
    features = ", ".join(facts["cpu_features"]) or "no features known"
    cores = "1 core" if facts["cores"] == 1 else f"{facts['cores']} cores"
    click.echo(f"CPU {facts['cpu']}, {cores}, {features}")
    click.echo(f"precision {facts['precision']}")
    if facts["encoding"].lower().replace("-", "") not in UTF_8:
        words = "letters that it lacks are written as ? or \\u4f60; set PYTHONUTF8=1 to see them"
        click.echo(f"text {facts['encoding']}: {words}")


def print_folders(facts: dict[str, Any]) -> None:
    click.echo(f"runs {facts['runs']}")
    click.echo(f"pairs {facts['pairs']}")
    click.echo(f"cache {facts['cache']}")
