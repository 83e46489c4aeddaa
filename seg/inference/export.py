"""The network for other programs: a file or a folder in their format, preprocessing inside, probabilities out."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from seg.data.dataset import Dataset
from seg.data.examples import Examples
from seg.errors import SegError
from seg.files import complete_files, complete_folder
from seg.network.architecture import check_size
from seg.network.device import is_installed, prepare_device, require_tensorflow
from seg.network.weights import MADE_FROM, find_weights, load_network, read_info, sha256_of

# How the file of each format ends; a SavedModel is a folder.
SUFFIX_OF = {
    "keras": ".keras",
    "savedmodel": "",
    "onnx": ".onnx",
    "tflite": ".tflite",
    "openvino": ".xml",
    "openvino-int8": ".xml",
}
FORMATS = tuple(SUFFIX_OF)
# The other names that Keras has for some of them.
KERAS_NAME_OF = {"savedmodel": "tf_saved_model", "tflite": "litert"}
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
    scaled; out: probabilities float32 ``(N, size, size, C)``, one channel a class of the weight file. ``size``: a
    multiple of 32; None: the size that the weight file names. ``keras``, ``openvino`` and ``openvino-int8`` files take
    any such size.

    ``data``: the dataset on whose training photos ``openvino-int8`` measures the range of each activation (None: the
    dataset in use). Beside a weight file, as ``NAME-int8.xml``, the result is what the engine ``openvino-int8`` runs.

    What is written appears complete or not at all. Raises ExportError for a format or name that cannot be, SizeError,
    WeightsError, DatasetError, TensorFlowError.

    >>> from seg.inference.export import export
    >>> export("openvino", "pets.xml").name  # beside it pets.bin, with the weights
    'pets.xml'
    >>> export("onnx", "pets.tflite")
    Traceback (most recent call last):
        ...
    seg.inference.export.ExportError: pets.tflite is no name for this format: call it pets.onnx.
    """
    path = Path(path)
    _check(to, path, size, overwrite, data)
    source = find_weights(weights)
    size = size or read_info(source).input_size
    write = _writer(to, source, size, data)
    with complete_files(path) if SUFFIX_OF[to] else complete_folder(path, overwrite) as unfinished:
        write(unfinished)
    return path


def _check(to: str, path: Path, size: int | None, overwrite: bool, data: str | Path | None) -> None:
    if to not in SUFFIX_OF:
        raise ExportError("export_format", format=to, formats=list(FORMATS))
    suffix = SUFFIX_OF[to]
    if suffix and path.suffix != suffix:
        raise ExportError("export_suffix", name=path.name, better=f"{path.stem}{suffix}")
    if size is not None:
        check_size(size)
    if path.name in ("", ".."):
        raise ExportError("export_name", path=path)
    for file in (path, path.with_suffix(".bin")) if suffix == ".xml" else (path,):
        if file.exists() and not overwrite:
            raise ExportError("file_exists", path=file)
    if path.is_dir() and (suffix or not (path / "saved_model.pb").is_file()):
        raise ExportError("export_folder", path=path)
    if data and to != "openvino-int8":
        raise ExportError("export_data", format=to)
    if not to.startswith("openvino"):
        require_tensorflow()
    elif not is_installed("openvino"):
        raise ExportError("export_needs_openvino")
    if to == "openvino-int8" and not find_spec("nncf"):
        raise ExportError("export_needs_nncf")
    if to == "onnx" and not (find_spec("onnx") and find_spec("tf2onnx")):
        raise ExportError("export_needs_onnx")


def _writer(to: str, source: Path, size: int, data: str | Path | None) -> Callable[[Path], object]:
    """A function that writes the network to a path."""
    if to.startswith("openvino"):
        import openvino

        from seg.inference.engines.openvino import build_graph

        graph = build_graph(source)
        if to == "openvino-int8":
            graph = _quantized(graph, _calibration_data(data), size)
        graph.set_rt_info(sha256_of(source), MADE_FROM)
        return lambda path: openvino.save_model(graph, path, compress_to_fp16=True)

    prepare_device()

    import keras

    side = None if to == "keras" else size
    image = keras.Input((side, side, 3), name="image")
    network = keras.Model(image, keras.layers.Softmax(name="probabilities")(load_network(source)(image)), name="pets")
    if to == "keras":
        return network.save
    signature = [keras.InputSpec(shape=(None, size, size, 3), dtype="float32", name="image")]

    def write(path: Path) -> None:
        # Keras's exporters print their progress.
        with contextlib.redirect_stdout(io.StringIO()):
            network.export(str(path), format=KERAS_NAME_OF.get(to, to), input_signature=signature, verbose=False)

    return write


def _calibration_data(data: str | Path | None) -> Dataset:
    dataset = Dataset.open(data)
    if dataset.is_sample and data is None:
        raise ExportError("export_photos")
    return dataset


def _quantized(graph, dataset: Dataset, size: int):
    """The graph with 8-bit weights and activations, their ranges measured on training photos.

    NNCF's post-training quantization. ``MIXED``: the ranges of weights are symmetric around 0, those of activations are
    not, since ReLU leaves no activation below 0.
    """
    import nncf

    examples = Examples(dataset.split("train"), size, dataset.classes)
    chosen = np.random.default_rng(0).permutation(len(examples))[:CALIBRATION_PHOTOS]
    photos = nncf.Dataset(list(chosen), lambda index: examples[index][0][np.newaxis].astype(np.float32))
    # Programs read the standard output: NNCF's progress bars go elsewhere.
    with contextlib.redirect_stdout(sys.stderr):
        quantized = nncf.quantize(graph, photos, preset=nncf.QuantizationPreset.MIXED, subset_size=len(chosen))
    quantized.set_rt_info(dataset.title, CALIBRATED_ON)
    return quantized
