"""What is to be segmented: uploads, a shot of the camera, or a sample; and the true trimaps that belong to them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from seg.classes import PETS
from seg.data.dataset import SAMPLE_FOLDER as DATASET_FOLDER
from seg.data.dataset import Dataset, DatasetError, Sample, decode_trimap
from seg.photo import SUFFIXES, PhotoError, check_image, open_image
from seg.serve import limits
from seg.ui.shared import address, choices
from seg.ui.shared.language import t

SAMPLE_FOLDER = Path(__file__).parent / "samples"
SAMPLES = ("chelsea", "cat", "dog")
# Photos of the sample's test part: no training of what ships has seen them.
DATASET_SAMPLES = {"cat": "Maine_Coon_27", "dog": "keeshond_27"}

SAMPLE_KEY = "sample"  # of the widget, and of the query parameter
# What the widgets held last. A widget forgets its files when its page is left; these stay with the visitor.
PHOTOS, SHOT, TRIMAPS = "segment-photos", "segment-shot", "segment-trimaps"
ROUND = "segment-round"  # goes up to empty the widgets: a widget with another key is a new one


@dataclass(frozen=True)
class Upload:
    """A photo as it came: ``data`` encoded, ``key`` of its content, ``trimap`` the encoded true one if it is known,
    ``file`` the server's name for an uploaded one."""

    name: str
    data: bytes
    key: str
    trimap: bytes | None = None
    file: str = ""

    @classmethod
    def of(cls, name: str, data: bytes, trimap: bytes | None = None, file: str = "") -> Upload:
        return cls(name, data, hashlib.sha256(data).hexdigest(), trimap, file)

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def file_stem(self) -> str:
        """The name as the beginning of a download's: letters, digits, ``-`` and ``_`` stay."""
        return "".join(c if c.isalnum() or c in "-_" else "_" for c in self.stem)[:80] or "photo"


def choose() -> list[Upload]:
    """Ask for photos; what the visitor has given, or else a sample."""
    uploader(t("segment.upload"), PHOTOS, help=t("segment.upload_help"))
    own = _own()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if own:
            st.button(t("segment.start_over"), key="segment-clear", icon=":material/restart_alt:", on_click=_forget)
        else:
            sample = _ask_sample()
        # Behind a switch: a browser asks for the camera as soon as the widget is there.
        camera = st.toggle(t("segment.camera"), key="segment-camera", help=t("segment.camera_help"))
    if camera:
        key = _widget_key(SHOT)
        held = st.camera_input(
            t("segment.shot"), key=key, on_change=_let_go, args=(SHOT, key), label_visibility="collapsed", width=480
        )
        if _keep(SHOT, held):
            st.rerun()  # what stands above the camera speaks of a sample no more
    with st.expander(t("segment.truth_upload"), icon=":material/fact_check:"):
        st.caption(t("segment.truth_upload_text"))
        uploader(t("segment.trimaps"), TRIMAPS, types=("png",))
    if not own:
        st.caption(t(f"segment.sample_{sample}_note"))
        return [sample_upload(sample)]
    if len(own) > limits.MOST_PHOTOS:
        st.warning(t("segment.too_many", most=limits.MOST_PHOTOS, count=len(own)), icon=":material/stacks:")
    return own[: limits.MOST_PHOTOS]


def in_use() -> Upload:
    """The photo that other pages look at: the visitor's first, or else the sample that is chosen."""
    own = _own()
    return own[0] if own else sample_upload(st.session_state.get(SAMPLE_KEY, SAMPLES[0]))


def uploader(
    label: str, kept: str, types: Sequence[str] = SUFFIXES, several: bool = True, help: str | None = None
) -> None:
    """Ask for files; they are then in the session's state as ``kept``, a list of Upload."""
    key = _widget_key(kept)
    held = st.file_uploader(
        label,
        type=list(types),
        accept_multiple_files=several,
        max_upload_size=limits.UPLOAD_MEGABYTES,
        key=key,
        on_change=_let_go,
        args=(kept, key),
        help=help,
    )
    _keep(kept, held)


def _widget_key(kept: str) -> str:
    return f"{kept}-{st.session_state.setdefault(ROUND, 0)}"


def _ask_sample() -> str:
    address.recall(SAMPLE_KEY, SAMPLES, SAMPLES[0])
    sample = st.segmented_control(
        t("segment.sample"), SAMPLES, format_func=lambda own: t(f"segment.sample_{own}"), key=SAMPLE_KEY, required=True
    )
    address.note(SAMPLE_KEY, SAMPLES[0])
    return sample or SAMPLES[0]


def _keep(kept: str, held: UploadedFile | list[UploadedFile] | None) -> bool:
    """Remember what a widget holds under a name that outlives it; an empty one may just have been drawn anew.

    Returns whether that is anything new.

    Not left to the widget's callback: one that comes together with the page's own rerun can be lost.
    """
    files = held if isinstance(held, list) else [held] if held else []
    known = {upload.file: upload for upload in st.session_state.get(kept, [])}
    if files:
        st.session_state[kept] = [
            known.get(file.file_id) or Upload.of(file.name, file.getvalue(), file=file.file_id) for file in files
        ]
    return any(file.file_id not in known for file in files)


def _let_go(kept: str, key: str) -> None:
    """A widget's callback: the visitor has taken the last file away."""
    if not st.session_state[key]:
        st.session_state.pop(kept, None)


def _forget() -> None:
    """A button's callback: as if nothing had been given."""
    for kept in (PHOTOS, SHOT, TRIMAPS):
        st.session_state.pop(kept, None)
    st.session_state[ROUND] += 1


def _own() -> list[Upload]:
    """The visitor's photos, each content once."""
    given = [*st.session_state.get(PHOTOS, []), *st.session_state.get(SHOT, [])]
    return list({upload.key: upload for upload in given}.values())


def sample_upload(name: str) -> Upload:
    if name == "chelsea":
        return Upload.of("chelsea.jpg", (SAMPLE_FOLDER / "chelsea.jpg").read_bytes())
    pet = DATASET_SAMPLES[name]
    trimap = (DATASET_FOLDER / "annotations" / "trimaps" / f"{pet}.png").read_bytes()
    return Upload.of(f"{pet}.jpg", (DATASET_FOLDER / "images" / f"{pet}.jpg").read_bytes(), trimap)


# True trimaps


def true_labels(upload: Upload, size: tuple[int, int]) -> tuple[np.ndarray, str] | None:
    """The true labels ``(H, W)`` of a photo of this size and where they come from (``own``, ``dataset``).

    None where no trimap is known. Raises PhotoError for an uploaded one that does not fit.
    """
    given = _given_trimap(upload)
    if given:
        return _labels(given.data, given.name, size), "own"
    if upload.trimap:
        return _labels(upload.trimap, upload.name, size), "dataset"
    known = _dataset_trimap(upload)
    return (_labels(known[0], upload.name, size), known[1]) if known else None


def _given_trimap(upload: Upload) -> Upload | None:
    """The uploaded trimap of the photo's name; or the only one, where there is only one photo."""
    trimaps: list[Upload] = st.session_state.get(TRIMAPS, [])
    for trimap in trimaps:
        if trimap.stem == upload.stem:
            return trimap
    return trimaps[0] if len(trimaps) == 1 and len(_own()) <= 1 else None


def _labels(data: bytes, name: str, size: tuple[int, int]) -> np.ndarray:
    check_image(open_image(data, name), name, limits.MAX_PIXELS)
    trimap = decode_trimap(data, name)
    if trimap.shape != size:
        raise PhotoError("trimap_size", name=name, trimap=_pixels(trimap.shape), photo=_pixels(size))
    labels = PETS.to_labels(trimap)
    if labels.max() >= len(PETS):
        raise PhotoError("trimap_values", name=name)
    return labels


def _pixels(size: tuple[int, ...]) -> str:
    return f"{size[1]} × {size[0]}"


def _dataset_trimap(upload: Upload) -> tuple[bytes, str] | None:
    """The trimap of the photo of the dataset in use that has the very same bytes, whatever it is called now, and
    ``dataset``, as ``true_labels`` says it."""
    try:
        dataset = choices.dataset()
        for sample in _by_bytes(str(dataset.root), _dataset=dataset).get(len(upload.data), []):
            if sample.photo.read_bytes() == upload.data:
                return sample.trimap.read_bytes(), "dataset"
    except (DatasetError, OSError):
        pass  # a dataset that cannot be read is told of in the sidebar
    return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _by_bytes(root: str, _dataset: Dataset) -> dict[int, list[Sample]]:
    """A dataset's pairs by the bytes of the photo's file."""
    pairs: dict[int, list[Sample]] = {}
    for sample in _dataset:
        pairs.setdefault(sample.photo.stat().st_size, []).append(sample)
    return pairs
