"""How the tests of the front page visit it, give it photos and read it; and a network that a test can foresee."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from seg.pictures import encode_png
from seg.texts import texts
from seg.ui.segment import background_view, upload_form, uploads
from seg.ui.segment.uploads import Upload

ROOT = Path(__file__).resolve().parents[3]
EN, ZH = texts("en")["segment"], texts("zh")["segment"]
BRIGHT, DARK, BETWEEN = 250, 0, 125


class Brightness:
    """Takes bright pixels for pet, dark ones for background; counts the photos it is shown."""

    name = "brightness"

    def __init__(self) -> None:
        self.photos = 0

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.photos += len(batch)
        labels = np.where(batch[..., 0] > 170, 0, np.where(batch[..., 0] < 80, 1, 2))
        return np.eye(3, dtype=np.float32)[labels]


def halves(left: int = BRIGHT, right: int = DARK, size: tuple[int, int] = (32, 64)) -> np.ndarray:
    photo = np.full((*size, 3), left, np.uint8)
    photo[:, size[1] // 2 :] = right
    return photo


def file(name: str = "cat.png", photo: np.ndarray | bytes | None = None) -> tuple[str, bytes, str]:
    data = photo if isinstance(photo, bytes) else encode_png(halves() if photo is None else photo)
    return name, data, "image/png"


def visit(**query: str) -> AppTest:
    """The page as it is once it has been painted and the network has answered."""
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def give(at: AppTest, *files: tuple[str, bytes, str], to: str = upload_form.PHOTOS) -> AppTest:
    one = to == background_view.BACKDROP
    at.file_uploader(key=uploads.widget_key(to)).set_value(files[0] if one else list(files)).run()
    assert not at.exception
    return at


def buttons(at: AppTest) -> list[str]:
    """The labels of the downloads."""
    return [element.proto.label for element in at.get("download_button")]


def said(elements) -> str:
    return "\n".join(element.value for element in elements)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def upload(name: str = "cat.png", photo: np.ndarray | None = None) -> Upload:
    return Upload.of(*file(name, photo)[:2])
