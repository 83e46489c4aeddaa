"""The network for other programs: one file (or folder) a format, preprocessing inside, probabilities out."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import numpy as np

from seg.data.dataset import Dataset
from seg.data.examples import Examples
from seg.errors import SegError
from seg.network.architecture import check_size
from seg.network.weights import MADE_FROM, find_weights, load_network, read_info, sha256_of

# How a format's file is called; SavedModel is a folder.
SUFFIX_OF = {
    "keras": ".keras",
    "savedmodel": "",
    "onnx": ".onnx",
    "tflite": ".tflite",
    "openvino": ".xml",
    "openvino-int8": ".xml",
}
FORMATS = tuple(SUFFIX_OF)
CALIBRATION_PHOTOS = 300
CALIBRATED_ON = ["seg", "calibrated_on"]


class ExportError(SegError):
    """An export that cannot be made as it is asked for."""


def export(
    to: str,
    path: str | Path,
    weights: str | Path | None = None,
    size: int | None = None,
    overwrite: bool = False,
    data: str | Path | None = None,
) -> Path:
    """Write the network of a weight file (what ships when None) in another format; returns the path.

    ``to``: ``keras`` (load it with ``seg.network.fcn`` imported, which has its first layer), ``savedmodel``, ``onnx``,
    ``tflite``, ``openvino`` or ``openvino-int8``. In: RGB float32 ``(N, size, size, 3)`` in [0, 255], resized, not
    scaled; out: float32 probabilities ``(N, size, size, C)``, for pets those of pet, background and border. ``size``:
    None takes that of the weights; ``keras`` and both of ``openvino`` take any multiple of 32. ``data``: for int8
    alone, the dataset on whose training photos the range of each activation is taken (None: the one found); beside a
    weight file, as ``NAME-int8.xml``, it is what the engine ``openvino-int8`` runs. What is written appears whole or
    not at all. Raises ExportError for a format or name that cannot be, SizeError, WeightsError, DatasetError.
    """
    path = Path(path)
    if to not in SUFFIX_OF:
        raise ExportError("export_format", format=to, formats=", ".join(FORMATS))
    suffix = SUFFIX_OF[to]
    if suffix and path.suffix != suffix:
        raise ExportError("export_suffix", name=path.name, better=f"{path.stem}{suffix}")
    if size is not None:
        check_size(size)
    if path.name in ("", ".."):
        raise ExportError("export_name", path=path)
    for there in (path, path.with_suffix(".bin")) if suffix == ".xml" else (path,):
        if there.exists() and not overwrite:
            raise ExportError("file_exists", path=there)
    if path.is_dir() and not (path / "saved_model.pb").is_file():
        raise ExportError("export_folder", path=path)
    if data and to != "openvino-int8":
        raise ExportError("export_data", format=to)
    if to == "openvino-int8" and not find_spec("nncf"):
        raise ExportError("export_needs_nncf")
    if to == "onnx" and not (find_spec("onnx") and find_spec("tf2onnx")):
        raise ExportError("export_needs_onnx")
    source = find_weights(weights)
    size = size or read_info(source).input_size
    path.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of its own: some formats are several files, whose names follow from one.
    unfinished = path.parent / f".export-{uuid4().hex[:8]}.unfinished"
    unfinished.mkdir()
    try:
        _writer(to, source, size, data)(unfinished / path.name)
        if path.is_dir():
            path.replace(unfinished / ".before")  # goes with the temporary folder, once the new one stands
        # The named one last: when it is there, all is.
        for part in sorted(unfinished.glob("[!.]*"), key=lambda part: part.name == path.name):
            part.replace(path.parent / part.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return path


def _writer(to: str, source: Path, size: int, data: str | Path | None) -> Callable[[Path], object]:
    if SUFFIX_OF[to] == ".xml":
        import openvino

        from seg.inference.engines.openvino import build_graph

        graph = build_graph(source)
        if to == "openvino-int8":
            dataset = Dataset.open(data)
            if dataset.is_sample and data is None:
                raise ExportError("export_photos")
            graph = _quantized(graph, dataset, size)
            graph.set_rt_info(dataset.title, CALIBRATED_ON)
        graph.set_rt_info(sha256_of(source), MADE_FROM)
        return lambda path: openvino.save_model(graph, path, compress_to_fp16=True)

    import keras

    network = load_network(source)
    side = None if to == "keras" else size
    image = keras.Input((side, side, 3), name="image")
    whole = keras.Model(image, keras.layers.Softmax(name="probabilities")(network(image)), name="pets")
    if to == "keras":
        return whole.save
    known_as = {"savedmodel": "tf_saved_model", "tflite": "litert"}.get(to, to)
    signature = [keras.InputSpec(shape=(None, size, size, 3), dtype="float32", name="image")]

    def write(path: Path) -> None:
        # Keras's exporters print what they are about.
        with contextlib.redirect_stdout(io.StringIO()):
            whole.export(str(path), format=known_as, input_signature=signature, verbose=False)

    return write


def _quantized(graph, dataset: Dataset, size: int):
    """The graph with 8-bit weights and activations, their ranges taken from training photos.

    NNCF's post-training quantization; ``MIXED``: weights symmetric, activations, which are none of them below zero
    behind a ReLU, asymmetric.
    """
    import nncf

    examples = Examples(dataset.split("train"), size, dataset.classes)
    chosen = np.random.default_rng(0).permutation(len(examples))[:CALIBRATION_PHOTOS]
    photos = nncf.Dataset(list(chosen), lambda i: examples[i][0][np.newaxis].astype(np.float32))
    # Its progress bars would stand among what a program reads.
    with contextlib.redirect_stdout(sys.stderr):
        return nncf.quantize(graph, photos, preset=nncf.QuantizationPreset.MIXED, subset_size=len(chosen))
