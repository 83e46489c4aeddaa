"""What the tests of weight files share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seg.network.vgg16 import ENCODER_CONVOLUTIONS
from seg.network.weights import WeightsError, save_tensors

METADATA = {"recipe": {"name": "demo", "phases": [1, 2]}, "metrics": {"mean_iou": 0.75}, "title": "größer – 猫"}
ENCODER_NAMES = {f"{name}/{part}" for name in ENCODER_CONVOLUTIONS for part in ("kernel", "bias")}


def small(path: Path, **tensors: np.ndarray) -> Path:
    save_tensors(tensors or {"a": np.ones(3, np.float32)}, path, "imagenet", {})
    return path


def refusal(call, *args, **kwargs) -> str:
    """Why weights are refused; holds that it is one sentence."""
    with pytest.raises(WeightsError) as caught:
        call(*args, **kwargs)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence
