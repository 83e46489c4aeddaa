"""Which weight file is used, and whether what ships is what it should be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from seg.network import weights as room
from seg.network.weights import find_weights, sha256_of, shipped_encoder, shipped_weights, weights_folder
from tests.network.weight_files import refusal, small

# Which file


def test_a_path_names_its_file_and_a_runs_folder_its_best(saved: Path):
    assert find_weights(saved) == saved
    assert find_weights(str(saved)) == saved
    assert find_weights(saved.parent) == saved


def test_seg_weights_names_the_file_when_no_argument_does(saved: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SEG_WEIGHTS", str(saved))
    assert find_weights() == saved
    other = small(tmp_path / "other.safetensors")
    assert find_weights(other) == other


@pytest.mark.parametrize("setting", [None, ""])
def test_without_an_argument_or_a_setting_it_is_what_ships(monkeypatch: pytest.MonkeyPatch, setting: str | None):
    if setting is not None:
        monkeypatch.setenv("SEG_WEIGHTS", setting)
    monkeypatch.setattr(room, "shipped_weights", lambda: Path("what ships"))
    assert find_weights() == Path("what ships")


def test_weights_that_are_not_there_are_refused_by_their_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert "nowhere.safetensors" in refusal(find_weights, "nowhere.safetensors")
    assert str(tmp_path / "weights.safetensors") in refusal(find_weights, tmp_path)
    monkeypatch.setenv("SEG_WEIGHTS", "gone.safetensors")
    assert "gone.safetensors" in refusal(find_weights)


# What ships


@pytest.fixture
def shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights that ship, as a clone or an installation has it, with two tiny files."""
    folder = tmp_path / "weights"
    folder.mkdir()
    sums = ""
    for name in ("pets.safetensors", "vgg16-imagenet.safetensors"):
        small(folder / name)
        sums += f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
    (folder / "SHA256SUMS").write_text(sums)
    monkeypatch.setattr(room, "_SHIPPED", folder)
    monkeypatch.setattr(room, "_INSTALLED", tmp_path / "not installed")
    return folder


def test_what_ships_is_compared_with_the_hash_that_ships(shipping: Path):
    assert shipped_weights() == shipping / "pets.safetensors"
    assert shipped_encoder() == shipping / "vgg16-imagenet.safetensors"


def test_a_changed_file_is_refused(shipping: Path):
    data = bytearray((shipping / "pets.safetensors").read_bytes())
    data[-1] ^= 1
    (shipping / "pets.safetensors").write_bytes(data)
    assert "SHA-256" in refusal(shipped_weights)
    assert shipped_encoder()


def test_files_that_are_swapped_are_refused(shipping: Path):
    small(shipping / "pets.safetensors", a=np.zeros(5, np.float32))
    digest = sha256_of(shipping / "pets.safetensors")
    (shipping / "SHA256SUMS").write_text(f"{digest}  vgg16-imagenet.safetensors\n")
    assert "SHA-256" in refusal(shipped_weights)


@pytest.mark.parametrize("missing", ["pets.safetensors", "SHA256SUMS"])
def test_a_file_that_does_not_ship_is_named(shipping: Path, missing: str):
    (shipping / missing).unlink()
    assert missing in refusal(shipped_weights)


def test_an_installed_package_has_its_weights_inside(shipping: Path, tmp_path: Path, monkeypatch):
    assert weights_folder() == shipping
    # Beside an installed package lie the packages of others, of which one may be called weights.
    installed = tmp_path / "seg" / "shipped_weights"
    installed.mkdir(parents=True)
    monkeypatch.setattr(room, "_INSTALLED", installed)
    assert weights_folder() == installed


def test_the_hash_is_that_of_every_byte(tmp_path: Path):
    data = np.random.default_rng(0).bytes(3 * 2**20 + 1)
    (tmp_path / "file").write_bytes(data)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()
