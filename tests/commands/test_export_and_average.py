"""The verbs export and average."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


def test_export_writes_a_file_and_tells_its_size(seg, weights, tmp_path):
    out = tmp_path / "pets.xml"
    facts = seg("export", "--to", "openvino", out, "--weights", weights, "--json").json
    assert facts == {"format": "openvino", "path": str(out), "bytes": out.stat().st_size}
    assert seg("export", "--to", "openvino", out, "--weights", weights).is_refused(2, "exists already")
    assert seg("export", "--to", "openvino", out, "--weights", weights, "--overwrite").output.strip() == str(out)


def test_average_writes_weights_that_evaluate_takes(seg, weights, pets, tmp_path):
    out = tmp_path / "mean.safetensors"
    assert seg("average", weights, weights, "-o", out, "--json").json == {"path": str(out), "averaged": 2}
    assert seg("evaluate", "--weights", out, "--data", pets, "--size", 32, "-o", tmp_path / "report").code == 0
    assert seg("average", weights, weights, "-o", out).is_refused(2, "exists already")
