"""What ``doctor`` says on crippled machines: a clear line for each thing that is missing, and all the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seg.network import device
from seg.network.weights import save_tensors
from tests.narrow import environment, narrow_tensors


@pytest.fixture
def machine(monkeypatch, tmp_path, small_dataset):
    """A machine without TensorFlow, which takes long to load, and ``doctor``'s arguments there."""
    # Other packages are looked for as ever.
    found = device.find_spec
    monkeypatch.setattr(device, "find_spec", lambda name: None if name == "tensorflow" else found(name))
    monkeypatch.chdir(tmp_path)
    save_tensors(narrow_tensors(), tmp_path / "narrow.safetensors", "imagenet", {})
    return "doctor", "--weights", tmp_path / "narrow.safetensors", "--data", small_dataset()


def test_without_tensorflow_it_says_what_training_needs(seg, machine):
    answer = seg(*machine)
    assert (answer.code, answer.errors) == (0, "")
    assert answer.output.startswith("TensorFlow is not installed, which training,")
    assert "`pip install tensorflow keras`" in answer.output
    for line in ("photos are segmented by openvino", "dataset pets, 8 pairs", "runs runs", "cache "):
        assert f"\n{line}" in answer.output


def test_with_a_driver_whose_gpu_nothing_here_can_use_it_names_what_brings_the_gpu_in(seg, machine, monkeypatch):
    monkeypatch.setattr(device, "has_nvidia_driver", lambda: True)
    answer = seg(*machine)
    assert (answer.code, answer.errors) == (0, "")
    assert "\nThere is an NVIDIA driver, but no TensorFlow here that can use the GPU" in answer.output
    assert "`pip install 'tensorflow[and-cuda]'`" in answer.output
    assert "\nphotos are segmented by openvino" in answer.output, "four times as fast as Keras on the CPU"


def test_with_a_read_only_home_it_names_the_setting_for_the_cache(seg, machine, monkeypatch, tmp_path):
    (tmp_path / "home").write_text("nothing can be made below a file")
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("SEG_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    answer = seg(*machine)
    assert answer.code == 1
    assert "dataset pets, 8 pairs" in answer.output
    (line,) = answer.errors.splitlines()
    assert line.startswith("seg: Nothing is remembered, as ") and line.endswith("name another folder in SEG_CACHE.")
    assert str(tmp_path / "home") in line


def test_without_a_home_it_names_home(seg, machine, monkeypatch):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    answer = seg(*machine)
    assert answer.code == 1
    assert answer.errors.startswith("seg: There is no home folder") and "set HOME" in answer.errors


def test_with_runs_that_cannot_be_written_it_names_the_setting_for_them(seg, machine, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "file" / "runs"))
    answer = seg(*machine)
    assert answer.code == 1
    assert f"runs {tmp_path / 'file' / 'runs'}" in answer.output
    (line,) = answer.errors.splitlines()
    assert line.startswith(f"seg: {tmp_path / 'file' / 'runs'} cannot be written (") and "SEG_RUNS" in line


@pytest.mark.parametrize(
    "terminal",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "cp1252"}],
    ids=["C", "cp1252"],
)
def test_on_a_terminal_that_lacks_letters_it_says_so_and_ends_well(machine, tmp_path, terminal):
    code = (
        "import sys; from tests.without_tensorflow import block; block()\n"
        "from seg.commands.main import main; sys.exit(main(sys.argv[1:]))"
    )
    settings = environment(SEG_RUNS=str(tmp_path / "猫 runs"), **terminal)
    settings.pop("SEG_ENGINE", None)
    command = [sys.executable, "-c", code, *map(str, machine)]
    done = subprocess.run(command, env=settings, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    lines = done.stdout.decode("cp1252" if "PYTHONIOENCODING" in terminal else "ascii").splitlines()
    assert any(line.startswith("text ") and line.endswith("set PYTHONUTF8=1 to see them") for line in lines)
    assert any(line.startswith("runs ") and line.endswith(" runs") for line in lines), os.linesep.join(lines)
