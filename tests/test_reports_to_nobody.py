"""Libraries that send statistics to their makers send none from here."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

IMPORT = "import seg.inference.engines.openvino, openvino.tools.ovc, sys; print(sys.modules['openvino_telemetry'])"


def test_openvino_leaves_no_identifier_for_its_statistics(tmp_path: Path):
    pytest.importorskip("openvino")
    # CI machines are left out of its statistics, so this one is none.
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    settings = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD", "JENKINS_URL")}
    done = subprocess.run([sys.executable, "-c", IMPORT], env=settings | home, capture_output=True, text=True)
    assert done.stdout.split() == ["None"], done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ray_sends_no_statistics_of_a_cluster():
    import_module("seg")
    usage = pytest.importorskip("ray._common.usage.usage_lib", reason="Ray is not installed")
    assert not usage.usage_stats_enabled()
