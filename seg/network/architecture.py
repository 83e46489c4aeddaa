"""The article's network, written down once: a fully convolutional network on VGG16.

J. Long, E. Shelhamer, T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015;
K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.

``fcn`` is written against the few operations of which the network is made. Three modules implement them: Keras trains
the network (``network/fcn.py``), OpenVINO runs it (``inference/engines/openvino.py``), and the arithmetic at the end of
this file counts what it costs. Nothing here needs TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from seg.errors import SegError

INPUT_SIZE = 224  # pixels of a side, as in the article
STRIDE = 32  # the encoder halves its input five times

T = TypeVar("T")  # what passes from layer to layer: a tensor, a node of a graph, or a shape


class Operations(Protocol[T]):
    """What the network is made of. Every kernel is 3 x 3; shapes are height x width x channels."""

    def preprocess(self, image: T) -> T:
        """RGB in [0, 255] becomes what the encoder was trained on; the shape stays."""
        ...

    def convolve(self, x: T, name: str, filters: int) -> T:
        """A convolution and ReLU: h x w x c becomes h x w x filters."""
        ...

    def pool(self, x: T, name: str) -> T:
        """The largest of every 2 x 2 pixels: h x w x c becomes h/2 x w/2 x c."""
        ...

    def upsample(self, x: T, name: str, filters: int) -> T:
        """A transposed convolution with stride 2 and ReLU: h x w x c becomes 2h x 2w x filters."""
        ...

    def add(self, x: T, tap: T, name: str) -> T:
        """The sum of two tensors of one shape."""
        ...

    def classify(self, x: T, name: str, classes: int) -> T:
        """As ``upsample``, without ReLU: h x w x c becomes logits, 2h x 2w x classes."""
        ...


def fcn(ops: Operations[T], image: T, classes: int) -> T:
    """RGB in [0, 255], any multiple of 32 high and wide, to logits of the same height and width.

    The names are those of the tensors in weight files. Shapes stand for an image of 224 x 224 pixels and three classes.
    """
    x = ops.preprocess(image)  # 224 x 224 x 3

    x = ops.convolve(x, "block1_conv1", 64)  # 224 x 224 x 64
    x = ops.convolve(x, "block1_conv2", 64)
    x = ops.pool(x, "block1_pool")  # 112 x 112 x 64
    x = ops.convolve(x, "block2_conv1", 128)  # 112 x 112 x 128
    x = ops.convolve(x, "block2_conv2", 128)
    x = ops.pool(x, "block2_pool")  # 56 x 56 x 128
    x = ops.convolve(x, "block3_conv1", 256)  # 56 x 56 x 256
    x = ops.convolve(x, "block3_conv2", 256)
    x = tap3 = ops.convolve(x, "block3_conv3", 256)
    x = ops.pool(x, "block3_pool")  # 28 x 28 x 256
    x = ops.convolve(x, "block4_conv1", 512)  # 28 x 28 x 512
    x = ops.convolve(x, "block4_conv2", 512)
    x = tap4 = ops.convolve(x, "block4_conv3", 512)
    x = ops.pool(x, "block4_pool")  # 14 x 14 x 512
    x = ops.convolve(x, "block5_conv1", 512)
    x = ops.convolve(x, "block5_conv2", 512)
    x = tap5 = ops.convolve(x, "block5_conv3", 512)
    x = ops.pool(x, "block5_pool")  # 7 x 7 x 512

    x = ops.upsample(x, "decoder1_upsample", 512)  # 14 x 14 x 512
    x = ops.convolve(x, "decoder1_conv", 512)
    x = ops.add(x, tap5, "skip_block5_conv3")
    x = ops.upsample(x, "decoder2_upsample", 512)  # 28 x 28 x 512
    x = ops.convolve(x, "decoder2_conv", 512)
    x = ops.add(x, tap4, "skip_block4_conv3")
    x = ops.upsample(x, "decoder3_upsample", 256)  # 56 x 56 x 256
    x = ops.convolve(x, "decoder3_conv", 256)
    x = ops.add(x, tap3, "skip_block3_conv3")
    x = ops.upsample(x, "decoder4_upsample", 128)  # 112 x 112 x 128
    x = ops.convolve(x, "decoder4_conv", 128)
    return ops.classify(x, "classifier", classes)  # 224 x 224 x 3


# The layers of the encoder whose outputs the decoder takes: three skips, and what the decoder begins with.
SKIPS = ("block3_conv3", "block4_conv3", "block5_conv3")
TAPS = (*SKIPS, "block5_pool")

Shape = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True)
class Layer:
    """One layer: ``kind`` is convolution, pool, upsample, skip or classifier; ``macs``: multiply-accumulates.

    >>> from seg.network.architecture import layers
    >>> layers()[0]
    Layer(name='block1_conv1', kind='convolution', shape=(224, 224, 64), parameters=1792, macs=86704128)
    >>> [layer.name for layer in layers() if layer.kind == "skip"]
    ['skip_block5_conv3', 'skip_block4_conv3', 'skip_block3_conv3']
    """

    name: str
    kind: str
    shape: Shape
    parameters: int = 0
    macs: int = 0


def layers(size: int = INPUT_SIZE, classes: int = 3) -> list[Layer]:
    """Every layer that computes, in the order in which an image of ``size`` x ``size`` pixels passes them.

    >>> from seg.network.architecture import layers
    >>> network = layers()
    >>> len(network), sum(layer.parameters for layer in network)
    (30, 26369987)
    >>> [round(sum(layer.macs for layer in layers(size)) / 1e9, 1) for size in (224, 448)]  # billions
    [23.8, 95.3]
    """
    arithmetic = _Arithmetic()
    fcn(arithmetic, (size, size, 3), classes)
    return arithmetic.rows


def tensor_names() -> set[str]:
    """The names of all weights, as weight files have them.

    >>> from seg.network.architecture import tensor_names
    >>> len(tensor_names()), "classifier/kernel" in tensor_names()
    (44, True)
    """
    return {f"{layer.name}/{part}" for layer in layers() if layer.parameters for part in ("kernel", "bias")}


@dataclass(frozen=True)
class ReceptiveField:
    """What a number of a layer sees: ``side`` pixels of the image, high and wide; the next one ``stride`` on.

    >>> from seg.network.architecture import receptive_fields
    >>> field = receptive_fields()["block3_conv3"]
    >>> field.side, field.stride, field.around(112), field.around(0)  # before 0 the network sees zeros
    (40, 4, (94.0, 134.0), (-18.0, 22.0))
    """

    side: int
    stride: int

    def around(self, place: int) -> tuple[float, float]:
        """From where to where the number sees that stands over pixel ``place``, along one side of the image, in pixels.

        Either may lie outside of the image, where the network sees zeros.
        """
        middle = place // self.stride * self.stride + self.stride / 2
        return middle - self.side / 2, middle + self.side / 2


def receptive_fields() -> dict[str, ReceptiveField]:
    """What each layer of the encoder sees, by name.

    >>> from seg.network.architecture import receptive_fields
    >>> fields = receptive_fields()
    >>> fields["block1_conv1"].side, fields["block5_pool"].side  # of 224 pixels: nearly all of the photo
    (3, 212)
    """
    seen = _Seeing()
    fcn(seen, ReceptiveField(1, 1), 1)
    return seen.fields


class _Seeing:
    """The encoder's operations on receptive fields; the decoder's leave them as they are."""

    def __init__(self) -> None:
        self.fields: dict[str, ReceptiveField] = {}

    def preprocess(self, image: ReceptiveField) -> ReceptiveField:
        return image

    def convolve(self, x: ReceptiveField, name: str, filters: int) -> ReceptiveField:
        if not name.startswith("block"):
            return x
        return self._note(name, ReceptiveField(x.side + 2 * x.stride, x.stride))

    def pool(self, x: ReceptiveField, name: str) -> ReceptiveField:
        return self._note(name, ReceptiveField(x.side + x.stride, 2 * x.stride))

    def upsample(self, x: ReceptiveField, name: str, filters: int) -> ReceptiveField:
        return x

    def add(self, x: ReceptiveField, tap: ReceptiveField, name: str) -> ReceptiveField:
        return x

    def classify(self, x: ReceptiveField, name: str, classes: int) -> ReceptiveField:
        return x

    def _note(self, name: str, field: ReceptiveField) -> ReceptiveField:
        self.fields[name] = field
        return field


class _Arithmetic:
    """The operations on shapes alone: each notes its layer in ``rows`` and returns its shape."""

    def __init__(self) -> None:
        self.rows: list[Layer] = []

    def preprocess(self, image: Shape) -> Shape:
        return image

    def convolve(self, x: Shape, name: str, filters: int) -> Shape:
        height, width, _ = x
        return self._learned(name, "convolution", x, (height, width, filters))

    def pool(self, x: Shape, name: str) -> Shape:
        height, width, channels = x
        return self._note(Layer(name, "pool", (height // 2, width // 2, channels)))

    def upsample(self, x: Shape, name: str, filters: int) -> Shape:
        height, width, _ = x
        return self._learned(name, "upsample", x, (2 * height, 2 * width, filters))

    def add(self, x: Shape, tap: Shape, name: str) -> Shape:
        return self._note(Layer(name, "skip", x))

    def classify(self, x: Shape, name: str, classes: int) -> Shape:
        height, width, _ = x
        return self._learned(name, "classifier", x, (2 * height, 2 * width, classes))

    def _learned(self, name: str, kind: str, x: Shape, shape: Shape) -> Shape:
        height, width, channels = x
        weights = 3 * 3 * channels * shape[2]
        # A convolution gathers 3 x 3 input pixels for each output pixel, a transposed one spreads each input pixel over
        # 3 x 3 output pixels. A convolution keeps height and width, so that both use every weight once per input pixel.
        return self._note(Layer(name, kind, shape, weights + shape[2], height * width * weights))

    def _note(self, layer: Layer) -> Shape:
        self.rows.append(layer)
        return layer.shape


class SizeError(SegError):
    """A size of the network's input that is no multiple of ``STRIDE``."""


def is_size(size: int) -> bool:
    """Whether the network takes images ``size`` pixels high and wide.

    >>> from seg.network.architecture import is_size
    >>> [size for size in (0, 200, 224, 256, 300, 320) if is_size(size)]
    [224, 256, 320]
    """
    return size >= STRIDE and size % STRIDE == 0


def check_size(size: int) -> None:
    """Raises SizeError for a side, in pixels, that the network cannot take.

    >>> from seg.network.architecture import check_size
    >>> check_size(224)
    >>> check_size(300)
    Traceback (most recent call last):
        ...
    seg.network.architecture.SizeError: 300 px is not a multiple of 32: the network halves its input five times.
    """
    if not is_size(size):
        raise SizeError("size_multiple", size=size)
