"""Weight files: find, check, load, save. Safetensors, float16, with what made them in the file's metadata."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree  # nosec B405

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from seg.classes import PETS, Classes, ClassesError
from seg.errors import SegError
from seg.files import complete_file
from seg.network.architecture import INPUT_SIZE, SizeError, check_size
from seg.network.vgg16 import ENCODER_CONVOLUTIONS, SCALINGS, fold_scale

if TYPE_CHECKING:
    import keras

FORMAT = "seg-vgg16-fcn-1"
RUN_WEIGHTS = "weights.safetensors"  # the best weights in the folder of a run
# The place in an OpenVINO model's runtime information that says which weights it was made from.
MADE_FROM = ["seg", "weights_sha256"]
_SHIPPED = Path(__file__).resolve().parents[2] / "weights"
_INSTALLED = Path(__file__).resolve().parents[1] / "shipped_weights"  # where `pip install .` puts them


class WeightsError(SegError):
    """Weights that cannot be used."""


@dataclass(frozen=True)
class WeightsInfo:
    """A weight file as its header describes it, without its tensors.

    ``input_size``: side of the squares that the network learned from, in pixels. ``metadata``: what made the weights.

    >>> from seg.network.weights import find_weights, read_info
    >>> info = read_info(find_weights())
    >>> sorted(info.metrics["iou"]), info.mean_iou == info.metrics["mean_iou"]
    (['background', 'border', 'pet'], True)
    """

    path: Path
    scaling: str
    classes: Classes = PETS
    input_size: int = INPUT_SIZE
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def mean_iou(self) -> float | None:
        """Mean IoU in [0, 1] on the photos that ``metrics`` names, or None where it was never measured."""
        value = self.metrics.get("mean_iou")
        return value if isinstance(value, int | float) and math.isfinite(value) else None

    @property
    def metrics(self) -> dict[str, Any]:
        """What the training measured: ``mean_iou``, ``iou`` by class, ..., on ``photos`` photos of a ``split``.

        Empty where nothing was measured. Files of earlier versions say neither the split nor the photos.
        """
        metrics = self.metadata.get("metrics", self.metadata.get("figures"))  # the name in files of earlier versions
        return metrics if isinstance(metrics, dict) else {}


def weights_folder() -> Path:
    """Where the weights that ship lie: beside the package in a clone, inside it when installed."""
    return _INSTALLED if _INSTALLED.is_dir() else _SHIPPED


def shipped_weights() -> Path:
    """The trained network that ships. Raises WeightsError where it is missing or not the file it should be."""
    return _checked("pets.safetensors")


def shipped_encoder() -> Path:
    """VGG16's convolutions with ImageNet weights, float16. Raises WeightsError as ``shipped_weights`` does."""
    return _checked("vgg16-imagenet.safetensors")


def find_weights(weights: str | Path | None = None) -> Path:
    """The weight file to use: the argument, else ``SEG_WEIGHTS``, else what ships.

    A run's folder stands for its best weights. Raises WeightsError where there is no such file.

    >>> from seg.network.weights import find_weights
    >>> find_weights().name
    'pets.safetensors'
    >>> find_weights("run")
    Traceback (most recent call last):
        ...
    seg.network.weights.WeightsError: There are no weights at run: check the path, or leave it out for those that ship.
    """
    weights = weights or os.environ.get("SEG_WEIGHTS")
    if not weights:
        return shipped_weights()
    path = Path(weights)
    if path.is_dir():
        path = path / RUN_WEIGHTS
    if not path.is_file():
        raise WeightsError("weights_missing", path=path)
    return path


def int8_model(weights: Path) -> Path | None:
    """The int8 model beside a weight file: ``pets-int8.xml``, with its ``.bin``, beside ``pets.safetensors``.

    None where there is none, or where it was made from other weights, which it names. Raises WeightsError where the
    model that ships is not the file it should be. Needs no OpenVINO.
    """
    path = weights.with_name(f"{weights.stem}-int8.xml")
    if not path.is_file() or not path.with_suffix(".bin").is_file():
        return None
    if _made_from(path, path.stat().st_mtime_ns) != sha256_of(weights):
        return None
    if weights.parent.resolve() == weights_folder().resolve():
        _checked(f"{path.stem}.bin")
        return _checked(path.name)
    return path


@lru_cache(maxsize=16)
def _made_from(path: Path, changed: int) -> str | None:
    """The SHA-256 of the weights that an OpenVINO model names; ``changed``: when the file was, for the cache."""
    try:
        # expat has bounded what entities unfold to since 2.4.1, of 2021.
        hash_element = ElementTree.parse(path).getroot().find("/".join(["rt_info", *MADE_FROM]))  # nosec B314
    except ElementTree.ParseError:
        return None
    return None if hash_element is None else hash_element.get("value")


def read_info(path: Path) -> WeightsInfo:
    """Read a weight file's header. Raises WeightsError for a file that this program did not write.

    >>> from seg.network.weights import find_weights, read_info
    >>> info = read_info(find_weights())
    >>> info.input_size, info.classes.names, info.scaling
    (224, ('pet', 'background', 'border'), 'imagenet')
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise WeightsError("weights_damaged", path=path, reason=error) from None
    if metadata.get("format") != FORMAT:
        raise WeightsError("weights_foreign", path=path)
    scaling = metadata.get("scaling")
    if scaling not in SCALINGS:
        raise WeightsError("weights_scaling", path=path, scaling=scaling)
    try:
        decoded = {key: json.loads(value) for key, value in metadata.items() if key not in ("format", "scaling")}
        # Files of the first version name neither: all of them were trained on pets at 224 px.
        classes = Classes.from_list(decoded.pop("classes", PETS.as_list()))
        input_size = decoded.pop("input_size", INPUT_SIZE)
        check_size(input_size)
    except (ValueError, TypeError, RecursionError, ClassesError, SizeError) as error:
        raise WeightsError("weights_header", path=path, reason=error) from None
    return WeightsInfo(path, scaling, classes, input_size, decoded)


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a file as float32, by name ``LAYER/kernel`` and ``LAYER/bias``. Raises WeightsError.

    >>> from seg.network.weights import find_weights, read_tensors
    >>> tensors = read_tensors(find_weights())
    >>> tensors["block1_conv1/kernel"].shape, tensors["block1_conv1/kernel"].dtype.name, len(tensors)
    ((3, 3, 3, 64), 'float32', 44)
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError("weights_damaged", path=path, reason=error) from None


def load_network(path: Path, dtype: str = "float32") -> keras.Model:
    """Build the network that a weight file was made for and give it the file's weights. Raises WeightsError.

    >>> import numpy as np
    >>> from seg.network.weights import find_weights, load_network
    >>> network = load_network(find_weights())
    >>> tuple(network(np.zeros((1, 64, 64, 3), np.float32)).shape)  # logits
    (1, 64, 64, 3)
    """
    from seg.network.fcn import build_fcn

    info = read_info(path)
    network = build_fcn(info.scaling, len(info.classes), dtype)
    set_tensors(network, read_tensors(path), path)
    return network


def get_tensors(network: keras.Model) -> dict[str, np.ndarray]:
    """All weights of a network, float32, by the names of weight files: views of its memory, never to be changed.

    >>> from seg.network.architecture import tensor_names
    >>> from seg.network.fcn import build_fcn
    >>> from seg.network.weights import get_tensors
    >>> tensors = get_tensors(build_fcn())
    >>> tensors.keys() == tensor_names(), tensors["classifier/kernel"].shape
    (True, (3, 3, 3, 128))
    """
    return {name: as_array(variable) for name, variable in _variables(network).items()}


def as_array(variable: Any) -> np.ndarray:
    """The value that a Keras or TensorFlow variable has now, without a copy; it stays when the variable changes."""
    import keras

    value = variable.value if isinstance(variable, keras.Variable) else variable
    # NumPy copies a TensorFlow variable, but makes a view of the tensor that is read from it.
    return np.asarray(value.read_value() if hasattr(value, "read_value") else value)


def set_tensors(
    network: keras.Model, tensors: dict[str, np.ndarray], source: Path | str, partial: bool = False
) -> None:
    """Give a network its weights: all of them, or, if ``partial``, those that ``tensors`` names.

    ``source``: where the tensors come from, for the error. Raises WeightsError for a name or a shape that the network
    does not have, and for a tensor that is missing.

    >>> import numpy as np
    >>> from seg.network.fcn import build_fcn
    >>> from seg.network.weights import get_tensors, set_tensors
    >>> network = build_fcn()
    >>> set_tensors(network, {"classifier/bias": np.array([1, 2, 3], np.float32)}, "by hand", partial=True)
    >>> get_tensors(network)["classifier/bias"].tolist()
    [1.0, 2.0, 3.0]
    >>> set_tensors(network, {"classifier/bias": np.zeros(4, np.float32)}, "by hand", partial=True)
    Traceback (most recent call last):
        ...
    seg.network.weights.WeightsError: by hand does not fit this network: classifier/bias has shape (4,).
    """
    variables = _variables(network)
    missing = sorted(variables.keys() - tensors.keys())
    if missing and not partial:
        raise WeightsError("weights_incomplete", path=source, name=missing[0])
    for name, tensor in tensors.items():
        if name not in variables or tuple(variables[name].shape) != tensor.shape:
            raise WeightsError("weights_misfit", path=source, name=name, shape=tensor.shape)
    for name, tensor in tensors.items():
        variables[name].assign(tensor)


def _variables(network: keras.Model) -> dict[str, keras.Variable]:
    return {f"{layer.name}/{variable.name}": variable for layer in network.layers for variable in layer.weights}


def save_network(
    network: keras.Model,
    path: Path,
    metadata: dict[str, Any],
    classes: Classes = PETS,
    input_size: int = INPUT_SIZE,
    dtype: str = "float16",
) -> None:
    """Write a network's weights as ``save_tensors`` does; the scaling is the network's.

    >>> from pathlib import Path
    >>> from seg.network.fcn import build_fcn
    >>> from seg.network.weights import read_info, save_network
    >>> save_network(build_fcn("signed"), Path("mine.safetensors"), {"note": "fresh"}, input_size=96)
    >>> info = read_info(Path("mine.safetensors"))
    >>> info.scaling, info.input_size, info.metadata
    ('signed', 96, {'note': 'fresh'})
    """
    scaling = network.get_layer("preprocessing").scaling
    save_tensors(get_tensors(network), path, scaling, metadata, classes, input_size, dtype)


def save_tensors(
    tensors: dict[str, np.ndarray],
    path: Path,
    scaling: str,
    metadata: dict[str, Any],
    classes: Classes = PETS,
    input_size: int = INPUT_SIZE,
    dtype: str = "float16",
) -> None:
    """Write tensors by name with all that ``WeightsInfo`` holds; the file appears complete or not at all.

    ``metadata``: any JSON values. ``dtype``: of the tensors on disk. Raises OSError, also on a full disk.

    >>> from pathlib import Path
    >>> import numpy as np
    >>> from seg.network.weights import read_info, read_tensors, save_tensors
    >>> tensors = {"classifier/bias": np.array([0.1, 0.2, 0.3], np.float32)}
    >>> save_tensors(tensors, Path("bias.safetensors"), "imagenet", {"made_by": "hand"})
    >>> read_info(Path("bias.safetensors")).metadata
    {'made_by': 'hand'}
    >>> read_tensors(Path("bias.safetensors"))["classifier/bias"].astype(float).round(3).tolist()  # of float16
    [0.1, 0.2, 0.3]
    """
    facts = {**metadata, "classes": classes.as_list(), "input_size": input_size}
    header = {key: json.dumps(value) for key, value in facts.items()} | {"format": FORMAT, "scaling": scaling}
    try:
        with complete_file(path) as unfinished:
            unfinished.touch()
            mode = unfinished.stat().st_mode
            # Without copies of the tensors: a second copy of all would be the peak of a training's memory.
            save_file({name: t.astype(dtype, order="C", copy=False) for name, t in tensors.items()}, unfinished, header)
            unfinished.chmod(mode)  # save_file makes a file that only its owner can read
    except SafetensorError as error:
        code = errno.ENOSPC if os.strerror(errno.ENOSPC) in str(error) else errno.EIO
        raise OSError(code, os.strerror(code), str(path)) from error


def load_encoder(network: keras.Model, weights: str | Path | None = "imagenet") -> None:
    """Give a network the weights of its encoder.

    ``weights``: ``imagenet`` (the file that ships), ``keras`` (Keras's copy, downloaded or cached), the path of a
    safetensors or Keras file, or None or ``none`` to keep the random weights. Where the network's scaling is
    ``imagenet``, the scale is folded (``vgg16.fold_scale``). Raises WeightsError, also for the file of a complete
    network, whose encoder may be folded already.

    >>> from seg.network.fcn import build_fcn
    >>> from seg.network.weights import get_tensors, load_encoder, read_tensors, shipped_encoder
    >>> network = build_fcn("signed")
    >>> load_encoder(network)
    >>> first = "block1_conv1/kernel"
    >>> bool((get_tensors(network)[first] == read_tensors(shipped_encoder())[first]).all())
    True
    """
    if weights is None or weights == "none":
        return
    if weights == "imagenet":
        tensors = read_tensors(shipped_encoder())
    elif str(weights).endswith(".safetensors"):
        tensors = read_tensors(Path(weights))
    else:
        tensors = _keras_encoder("imagenet" if weights == "keras" else str(weights))
    if tensors.keys() != {f"{name}/{part}" for name in ENCODER_CONVOLUTIONS for part in ("kernel", "bias")}:
        raise WeightsError("encoder_tensors", path=weights)
    if network.get_layer("preprocessing").scaling == "imagenet":
        tensors = fold_scale(tensors)
    set_tensors(network, tensors, str(weights), partial=True)


def _keras_encoder(weights: str) -> dict[str, np.ndarray]:
    import keras

    try:
        vgg = keras.applications.VGG16(weights=weights, include_top=False)
    except Exception as error:
        # Keras raises a bare Exception when its download fails, and ValueError or OSError for a wrong file.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise WeightsError("encoder_unusable", path=weights, reason=reason) from None
    return get_tensors(vgg)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal; computed again when the file has changed.

    >>> from pathlib import Path
    >>> from seg.network.weights import sha256_of
    >>> _ = Path("empty").write_bytes(b"")
    >>> sha256_of(Path("empty"))[:8]
    'e3b0c442'
    """
    status = path.stat()
    return _sha256_of(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _sha256_of(path: Path, size: int, changed: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _checked(name: str) -> Path:
    """A file that ships, compared with the hash that ships beside it."""
    folder = weights_folder()
    path = folder / name
    sums = folder / "SHA256SUMS"
    for file in (path, sums):
        if not file.is_file():
            raise WeightsError("weights_not_shipped", name=file.name, folder=folder)
    lines = sums.read_text(encoding="utf-8").splitlines()
    if f"{sha256_of(path)}  {name}" not in lines:
        raise WeightsError("weights_changed", path=path)
    return path
