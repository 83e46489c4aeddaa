"""How the tests of the Train page make runs, open the page, and read it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from seg.classes import PETS
from seg.network.weights import FORMAT
from seg.pictures import save_picture
from seg.serve import own_pairs
from seg.texts import en
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import Run, Status
from seg.ui.shared import demo_training
from tests.conftest import picture_and_trimap
from tests.data.test_kept_pairs import photo_key
from tests.owners import OWNER
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"
TEXTS = en.TEXTS["train"]
HISTORY = "epoch,loss,pixel_accuracy,mean_iou,val_loss,val_pixel_accuracy,val_mean_iou,photos_per_second\n"


def weight_file(path: Path, scaling: str = "imagenet", split: str = "validation", photos: int = 9) -> Path:
    """A weight file by its header; nobody here loads a network."""
    metrics = json.dumps({"mean_iou": 0.7, "split": split, "photos": photos})
    save_file({"x": np.zeros(1)}, path, {"format": FORMAT, "scaling": scaling, "metrics": metrics})
    return path


def make_run(tmp_path: Path, state: str = "finished", epochs: int = 3, recipe: str = "demo", **status) -> Run:
    """A run that has trained ``epochs`` epochs, as its folder would be."""
    run = runs.create_run(Recipe.named(recipe), tmp_path / "pets", "pets", tmp_path / "runs")
    best = 0.2 + 0.1 * epochs if epochs else None
    facts = {"epoch": epochs, "epochs": 4, "seconds": 125.0, "best_mean_iou": best, "best_epoch": epochs or None}
    run.set_status(Status(**{"state": state, **facts, **status}))
    numbers = range(1, epochs + 1)
    (run.folder / "history.csv").write_text(
        HISTORY + "".join(f"{n},{1 / n},0.{n}5,0.{n}1,{1.1 / n},0.{n}4,0.{n}2,7.5\n" for n in numbers)
    )
    (run.folder / "triptychs").mkdir()
    for n in numbers:
        save_picture(np.full((30, 40, 3), 40 * n, np.uint8), run.folder / "triptychs" / f"epoch-{n:03d}.png")
    if epochs:
        weight_file(run.weights)
    return run


def open_page(page: str = "train", **query: str | list[str]) -> AppTest:
    """A page, with the sidebar's form for a demo open."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.session_state[demo_training.BOX_KEY] = True
    for key, value in query.items():
        app.query_params[key] = value
    go_to(app, page)
    return app.run()


def words(part) -> str:
    """All that can be read on a part of the page, as people read it: without Markdown's backslashes."""
    read = [*part.markdown, *part.caption, *part.info, *part.warning, *part.error, *part.header]
    return re.sub(r"\\(.)", r"\1", "\n".join(element.value for element in read))


def keys(part) -> set[str]:
    return {button.key for button in part.button}


def keep(count: int, kind: str = own_pairs.CORRECTIONS) -> Path:
    """Keep so many pairs as the owner does; returns their folder."""
    for number in range(count):
        photo, trimap = picture_and_trimap((30, 40), number)
        own_pairs.keep(OWNER, kind, photo_key(number), photo, PETS.to_labels(trimap), is_predicted=False)
    return own_pairs.folder_of(kind).folder
