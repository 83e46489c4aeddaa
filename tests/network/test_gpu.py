"""Which GPUs TensorFlow can use: asked once in a process of its own, and remembered."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from seg.network import gpu
from seg.network.gpu import has_idle_gpu, note_gpus, usable_gpus


class Child:
    """Stands for the process that asks TensorFlow; counts how often it is started."""

    def __init__(self) -> None:
        self.answer: str | None = "[]"
        self.started = 0

    def run(self, command, **_):
        self.started += 1
        if self.answer is None:
            raise subprocess.CalledProcessError(1, command)
        return subprocess.CompletedProcess(command, 0, f"a notice\n{self.answer}\n".encode(), b"")


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine with an NVIDIA driver, and TensorFlow as ``child.answer`` says."""
    child = Child()
    monkeypatch.setenv("SEG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gpu.subprocess, "run", child.run)
    monkeypatch.setattr(gpu, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(gpu, "nvidia_driver", lambda: "580")
    gpu._gpus.cache_clear()
    yield child
    gpu._gpus.cache_clear()


def restart() -> None:
    gpu._gpus.cache_clear()


def test_a_driver_whose_gpu_tensorflow_cannot_use_is_an_idle_gpu(child):
    assert usable_gpus() == ()
    assert has_idle_gpu()


def test_what_tensorflow_says_is_asked_once_and_remembered_by_the_next_program(child):
    child.answer = '["NVIDIA H100"]'
    assert usable_gpus() == usable_gpus() == ("NVIDIA H100",)
    assert not has_idle_gpu()
    restart()
    assert usable_gpus() == ("NVIDIA H100",)
    assert child.started == 1


def test_another_driver_is_asked_about_anew(child, monkeypatch):
    assert usable_gpus() == ()
    child.answer = '["NVIDIA H100"]'
    monkeypatch.setattr(gpu, "nvidia_driver", lambda: "590")
    assert usable_gpus() == ("NVIDIA H100",)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    child.answer = "[]"
    assert usable_gpus() == ()


def test_a_question_that_fails_is_no_gpu_and_is_asked_again_by_the_next_program(child):
    child.answer = None
    assert usable_gpus() == ()
    child.answer = '["NVIDIA H100"]'
    restart()
    assert usable_gpus() == ("NVIDIA H100",)


@pytest.mark.parametrize("wreck", ["", "{", "7", "null"])
def test_a_damaged_memory_is_asked_anew(child, wreck):
    usable_gpus()
    (file,) = (Path(path) for path in gpu.cache_folder().glob("gpus-*.json"))
    file.write_text(wreck)
    child.answer = '["NVIDIA H100"]'
    restart()
    assert usable_gpus() == ("NVIDIA H100",)


def test_a_cache_that_cannot_be_written_costs_nothing_but_the_question(child, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEG_CACHE", str(tmp_path / "file" / "below"))
    child.answer = '["NVIDIA H100"]'
    assert usable_gpus() == ("NVIDIA H100",)


def test_what_a_program_hears_from_tensorflow_itself_replaces_what_was_remembered(child):
    assert usable_gpus() == ()
    note_gpus(["NVIDIA H100"])
    assert usable_gpus() == ("NVIDIA H100",)
    assert child.started == 1


def test_without_a_driver_or_tensorflow_nothing_is_asked(child, monkeypatch):
    monkeypatch.setattr(gpu, "has_tensorflow", lambda: False)
    assert usable_gpus() == () and has_idle_gpu()
    monkeypatch.setattr(gpu, "has_nvidia_driver", lambda: False)
    assert usable_gpus() == () and not has_idle_gpu()
    note_gpus(())
    assert child.started == 0
    assert not gpu.cache_folder().exists()


def test_tensorflow_answers_in_a_process_of_its_own():
    answer = gpu._ask()
    assert answer is not None
    assert json.loads(json.dumps(answer)) == list(answer)
