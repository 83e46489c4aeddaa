"""A training as a film: what the network sees in three photos in its first steps and after every epoch.

The folder ``film`` of a run: ``film.json`` says which photos are shown and which channel of each stage; ``photos.jpg``
has the photos, one below the other. A frame is two pictures of the same rows: ``epoch-002-labels.png``, the predicted
labels with the classes' colours as the palette, and ``epoch-002-maps.webp``, for each photo one feature map of each
stage, the encoder's in a line above the decoder's. The frames of the first steps are called ``epoch-001-step-03``.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from seg.classes import Classes
from seg.files import write_file
from seg.pictures import encode_jpeg, encode_webp

if TYPE_CHECKING:
    from seg.training.watched import Look

FIRST_STEPS = 10  # of the first epoch, each with a frame of its own
# A training of more epochs keeps a frame of every second, third, ... one: with frames of 20 kB at 224 pixels a film
# takes less than 2 MB.
MOST_EPOCHS = 60
SILENT = 0.02  # a channel of less contrast is nearly black in at least one of the photos
MAP_SHARE = 4  # a feature map is shown with a quarter of the photo's side: what the finest stages have


class Moment(NamedTuple):
    """When a frame was taken: after an epoch, or after a step of it (0: before the first). Moments sort by time."""

    epoch: int
    step: float = float("inf")

    @property
    def is_epoch(self) -> bool:
        return self.step == float("inf")


class Frame(NamedTuple):
    """The two pictures of a moment."""

    labels: Path
    maps: Path


class Film:
    """The film in a folder, which may be empty or missing; reading it needs no TensorFlow."""

    def __init__(self, folder: Path):
        self._folder = folder

    @property
    def photos(self) -> Path:
        return self._folder / "photos.jpg"

    def facts(self) -> dict[str, Any]:
        """``photos``: their names; ``size``: pixels of a side; ``channels``: that of each stage in the newest frame.

        Empty without a film.
        """
        try:
            facts = json.loads((self._folder / "film.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):  # a run of an earlier version, or a damaged file
            return {}
        return facts if isinstance(facts, dict) else {}

    def frames(self) -> dict[Moment, Frame]:
        """The frames by their moments, first to last; none where the film's photos are missing."""
        frames = {}
        for maps in self._folder.glob("epoch-*-maps.webp") if self.photos.is_file() else ():
            named = re.fullmatch(r"epoch-(\d+)(?:-step-(\d+))?-maps", maps.stem)
            labels = maps.with_name(maps.name.replace("-maps.webp", "-labels.png"))
            if named and labels.is_file():
                moment = Moment(int(named[1]), int(named[2])) if named[2] else Moment(int(named[1]))
                frames[moment] = Frame(labels, maps)
        return dict(sorted(frames.items()))

    # For the process that trains

    def begin(self, names: Sequence[str], images: np.ndarray, look: Look) -> None:
        """Begin a film of photos, RGB uint8 ``(N, S, S, 3)``, or go on with one of the same photos.

        Of each stage it shows the channel with the most contrast now: another one at each moment would be no film.
        Raises OSError.
        """
        known = self.facts()
        if known.get("photos") == list(names) and known.get("size") == images.shape[1]:
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        write_file(self.photos, encode_jpeg(np.concatenate(images)))
        channels = {stage: int(_contrast(maps).argmax()) for stage, maps in look.maps.items()}
        self._write_facts({"photos": list(names), "size": images.shape[1], "channels": channels})

    def add(self, moment: Moment, look: Look, classes: Classes) -> None:
        """Write the frame of a moment; a run that goes on writes those again that it had not saved. Raises OSError.

        Most channels of a fresh decoder fall silent in its first steps: where the one that is shown has, the one with
        the most contrast takes its place.
        """
        facts = self.facts()
        channels = dict(facts["channels"])
        for stage, maps in look.maps.items():
            contrast = _contrast(maps)
            if contrast[channels[stage]] < SILENT:
                channels[stage] = int(contrast.argmax())
        if channels != facts["channels"]:
            self._write_facts({**facts, "channels": channels})
        stem = f"epoch-{moment.epoch:03d}" + ("" if moment.is_epoch else f"-step-{int(moment.step):02d}")
        sheet = _sheet(
            {stage: look.maps[stage][..., channel] for stage, channel in channels.items()}, look.labels.shape
        )
        write_file(self._folder / f"{stem}-labels.png", _palette_png(np.concatenate(look.labels), classes))
        write_file(self._folder / f"{stem}-maps.webp", encode_webp(sheet, quality=80))

    def _write_facts(self, facts: dict[str, Any]) -> None:
        write_file(self._folder / "film.json", json.dumps(facts, indent=1))


def is_kept(moment: Moment, epochs: int) -> bool:
    """Whether a training of ``epochs`` epochs has a frame of a moment."""
    if not moment.is_epoch:
        return moment.epoch == 1 and moment.step <= FIRST_STEPS
    return moment.epoch == epochs or moment.epoch % -(-epochs // MOST_EPOCHS) == 0


def shown_together(films: Sequence[Film]) -> list[tuple[Moment, list[Frame]]]:
    """The moments of all films, each with the newest frame that each film has by then, or with its first.

    Films without a frame are left out.
    """
    all_frames = [frames for film in films if (frames := film.frames())]
    moments = sorted({moment for frames in all_frames for moment in frames})
    return [
        (moment, [frames[max((at for at in frames if at <= moment), default=min(frames))] for frames in all_frames])
        for moment in moments
    ]


def _contrast(maps: np.ndarray) -> np.ndarray:
    """How much each channel of ``(N, h, w, c)`` shows, ``(c,)``: its standard deviation as a share of its peak.

    Of N photos that in which it shows least.
    """
    peaks = maps.max(axis=(0, 1, 2))
    return maps.std(axis=(1, 2)).min(axis=0) / np.where(peaks > 0, peaks, np.inf)


def _sheet(maps: Mapping[str, np.ndarray], shape: tuple[int, int, int]) -> np.ndarray:
    """One map ``(N, h, w)`` of each stage on a sheet, grey as RGB uint8 ``(N * S / 2, S, 3)`` for ``shape`` (N, S, S).

    Of each stage the smallest value of all photos is black and the largest white.
    """
    count, size, _ = shape
    side, half = size // MAP_SHARE, len(maps) // 2
    sheet = np.empty((count, 2, side, half, side), np.uint8)
    for place, values in enumerate(maps.values()):
        low, high = float(values.min()), float(values.max())
        scaled = ((values - low) * (255 / (high - low) if high > low else 0)).round().astype(np.uint8)
        for photo in range(count):
            # A coarse map keeps its squares, a fine one is made smaller.
            method = Image.Resampling.NEAREST if scaled.shape[1] <= side else Image.Resampling.BOX
            tile = np.array(Image.fromarray(scaled[photo]).resize((side, side), method))
            tile[-1], tile[:, -1] = 255, 255  # a line between two maps
            sheet[photo, place // half, :, place % half] = tile
    return sheet.reshape(count * 2 * side, half * side)[..., np.newaxis].repeat(3, axis=2)


def _palette_png(labels: np.ndarray, classes: Classes) -> bytes:
    """Labels, uint8 ``(H, W)``, as a PNG file whose palette has the classes' colours."""
    picture, buffer = Image.fromarray(labels), io.BytesIO()
    picture.putpalette(classes.palette.tobytes())
    picture.save(buffer, "PNG")
    return buffer.getvalue()
