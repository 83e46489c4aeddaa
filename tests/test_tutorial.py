"""docs/own-classes.md run as written, with a network and settings that make it quick."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.commands import app
from seg.commands.main import main
from tests.conftest import ROOT

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("narrow")]

TUTORIAL = (ROOT / "docs" / "own-classes.md").read_text(encoding="utf-8")
# For the narrow network, which has no ImageNet weights; what comes later on the line counts.
QUICK = ["--epochs", "1", "--steps", "2", "--batch", "2", "--size", "32", "--encoder", "none", "--precision", "float32"]
PROGRAM = ".venv/bin/python -m seg "
SCRIPT = re.compile(r"\.venv/bin/python - <<'END'\n(.*?)\nEND\n", re.DOTALL)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TUTORIAL, re.DOTALL)


def arguments(line: str) -> list[str]:
    """What a shell makes of a line: words, and the files that a pattern matches."""
    words = shlex.split(line.removeprefix(PROGRAM))
    return [path for word in words for path in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]


def test_the_tutorial_goes_from_photos_to_cut_outs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seg").symlink_to(ROOT / "seg")
    started: list[list[str]] = []
    monkeypatch.setattr(app, "_run", lambda command: started.append(command) or 0)
    for variable in ("SEG_DATA", "SEG_WEIGHTS", "SEG_RUNS"):
        monkeypatch.setenv(variable, "")  # what `app` sets is forgotten after the test
    verbs = []
    for block in blocks("sh"):
        script = SCRIPT.fullmatch(block)
        if script:
            exec(script[1], {})
            continue
        for line in block.splitlines():
            verb, *options = arguments(line)
            assert main([verb, *options, *(QUICK if verb == "train" else [])]) == 0, line
            verbs.append(verb)
    assert verbs == ["masks", "stats", "train", "evaluate", "predict", "export", "app"]
    assert len(list(Path("my-dataset/images").iterdir())) == 20
    assert json.loads(Path("my-dataset/classes.json").read_text()) == json.loads(*blocks("json"))
    assert set(np.unique(Image.open("my-dataset/masks/beagle_81.png"))) == {0, 1}
    assert len(list(Path("my-cutouts").glob("*.trimap.png"))) == 20
    assert Path("my-network.xml").is_file() and started
