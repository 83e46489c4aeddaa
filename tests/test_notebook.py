"""docs/article.ipynb runs from its first cell to its last, with settings that make it quick."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "docs" / "article.ipynb"
QUICK = "EPOCHS, STEPS, BATCH, SIZE = 1, 1, 2, 64"


def test_the_notebook_repeats_the_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (settings,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert re.search(r"^EPOCHS, STEPS, BATCH, SIZE = 5, None, 16, 96$", settings.source, re.MULTILINE)
    settings.source = QUICK
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (run,) = (tmp_path / "notebook-runs").iterdir()
    assert (run / "weights.safetensors").is_file()
    assert any("26,369,987 parameters" in json.dumps(cell) for cell in notebook.cells)


def test_the_notebook_shows_what_it_gave_when_it_was_run():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run once, from the top"
    pictures = [
        kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})
    ]
    assert sum(kind.startswith("image/") for kind in pictures) >= 6
    assert NOTEBOOK.stat().st_size < 2**20 and not re.search(r"/(home|root|work|tmp)/", NOTEBOOK.read_text())
