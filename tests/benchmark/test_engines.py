"""The benchmark measures each row in a process of its own and says what it cannot run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seg.benchmark.child import BenchmarkError
from seg.benchmark.engines import benchmark
from seg.benchmark.peak import peak_gmacs

pytest_plugins = ["tests.narrow_fixtures"]
pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def facts(weights, tmp_path_factory) -> dict:
    """One engine and a network of others: a mask that is the mean of the channels."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    path = tmp_path_factory.mktemp("onnx") / "mean.onnx"
    node = onnx.helper.make_node("ReduceMean", ["image"], ["mask"], axes=[1], keepdims=1)
    shapes = {"image": [1, 3, 64, 48], "mask": [1, 1, 64, 48]}
    image, mask = (onnx.helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes.items())
    graph = onnx.helper.make_graph([node], "mean", [image], [mask])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return benchmark(weights, ("openvino",), repeat=3, size=(40, 60), against=path)


def test_a_row_has_times_memory_and_throughput(facts):
    row = facts["engines"]["openvino"]
    assert 0 < row["median_seconds"] <= row["p95_seconds"] < row["first_trimap_seconds"]
    assert set(row["photos_per_second"]) == {"1", "4", "8"} and all(v > 0 for v in row["photos_per_second"].values())
    assert 20 < row["peak_memory_mb"] <= row["peak_memory_mb_batch"] < 4000
    assert row["precision"] in ("float32", "bfloat16")
    assert row["times_the_fastest"] == 1
    assert facts["cpu"] and facts["cores"] >= 1


def test_a_network_of_others_is_timed_beside_it(facts):
    (name,) = [name for name in facts["engines"] if name.endswith("mean.onnx")]
    row = facts["engines"][name]
    assert row["median_seconds"] > 0
    expected = row["median_seconds"] / facts["engines"]["openvino"]["median_seconds"]
    assert row["times_the_fastest"] == pytest.approx(expected)
    assert row["share_of_peak"] is None and row["photos_per_second"] == {}


def test_the_peak_is_measured_for_each_precision():
    peaks = peak_gmacs()
    assert {"float32", "int8"} <= set(peaks) <= {"float32", "bfloat16", "int8"}
    assert all(np.isfinite(peak) and peak > 0.5 for peak in peaks.values())


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"engines": ("torch",)}, "no engine"), ({"against": Path("nowhere.onnx")}, "There is no ONNX file nowhere.onnx")],
)
def test_what_cannot_be_measured_is_told_in_one_sentence(weights, settings, words):
    with pytest.raises(BenchmarkError, match=words):
        benchmark(weights, **settings)
