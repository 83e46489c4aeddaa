"""What is to be segmented: uploads, a shot of the camera, or a sample."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from seg.data.dataset import SAMPLE_FOLDER as DATASET_FOLDER
from seg.photo import SUFFIXES
from seg.serve import limits
from seg.ui.shared import address
from seg.ui.shared.language import t

SAMPLES = ("chelsea", "cat", "dog")
SAMPLE_FOLDER = Path(__file__).parent / "samples"
# Photos of the sample dataset's test split: the weights that ship were not trained on them.
DATASET_SAMPLES = {"cat": "Maine_Coon_27", "dog": "keeshond_27"}
SAMPLE_KEY = "sample"  # of the widget and of the query parameter

# Lists of Upload in the session's state. A widget loses its files when the visitor leaves its page; these stay.
PHOTOS, SHOT, TRIMAPS = "segment-photos", "segment-shot", "segment-trimaps"
# A number in the widgets' keys. "Start over" counts it up: a widget with another key is a new, empty one.
ROUND = "segment-round"


@dataclass(frozen=True)
class Upload:
    """A photo as it came: ``data`` encoded, ``key`` the hash of ``data``.

    ``trimap`` is the encoded true trimap of a sample; ``file_id`` is the server's name for an uploaded file.
    """

    name: str
    data: bytes
    key: str
    trimap: bytes | None = None
    file_id: str = ""

    @classmethod
    def of(cls, name: str, data: bytes, trimap: bytes | None = None, file_id: str = "") -> Upload:
        return cls(name, data, hashlib.sha256(data).hexdigest(), trimap, file_id)

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def file_stem(self) -> str:
        """The beginning of a download's name: letters, digits, ``-`` and ``_`` of the photo's name."""
        return "".join(c if c.isalnum() or c in "-_" else "_" for c in self.stem)[:80] or "photo"


def choose() -> list[Upload]:
    """Ask for photos; those that the visitor has given, or else a sample."""
    uploader(t("segment.upload"), PHOTOS, help=t("segment.upload_help"))
    photos = photos_given()
    sample = SAMPLES[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if photos:
            st.button(t("segment.start_over"), key="segment-clear", icon=":material/restart_alt:", on_click=_forget)
        else:
            sample = _ask_sample()
        # A browser asks for the camera as soon as the widget is drawn, so the visitor switches it on first.
        camera = st.toggle(t("segment.camera"), key="segment-camera", help=t("segment.camera_help"))
    if camera:
        _camera()
    with st.expander(t("segment.truth_upload"), icon=":material/fact_check:"):
        st.caption(t("segment.truth_upload_text"))
        uploader(t("segment.trimaps"), TRIMAPS, types=("png",))
    if not photos:
        credit = f" {t('common.cite')}" if sample in DATASET_SAMPLES else ""
        st.caption(t(f"segment.sample_{sample}_note") + credit)
        return [sample_upload(sample)]
    if len(photos) > limits.MOST_PHOTOS:
        st.warning(t("segment.too_many", most=limits.MOST_PHOTOS, count=len(photos)), icon=":material/stacks:")
    return photos[: limits.MOST_PHOTOS]


def in_use() -> Upload:
    """The photo that other pages look at: the visitor's first, or else the sample that is chosen."""
    photos = photos_given()
    return photos[0] if photos else sample_upload(st.session_state.get(SAMPLE_KEY, SAMPLES[0]))


def photos_given() -> list[Upload]:
    """The visitor's photos; the same bytes are one photo."""
    uploads = [*st.session_state.get(PHOTOS, []), *st.session_state.get(SHOT, [])]
    return list({upload.key: upload for upload in uploads}.values())


def sample_upload(name: str) -> Upload:
    """One of ``SAMPLES``."""
    if name == "chelsea":
        return Upload.of("chelsea.jpg", (SAMPLE_FOLDER / "chelsea.jpg").read_bytes())
    pet = DATASET_SAMPLES[name]
    trimap = (DATASET_FOLDER / "annotations" / "trimaps" / f"{pet}.png").read_bytes()
    return Upload.of(f"{pet}.jpg", (DATASET_FOLDER / "images" / f"{pet}.jpg").read_bytes(), trimap)


def uploader(
    label: str, state_key: str, types: Sequence[str] = SUFFIXES, several: bool = True, help: str | None = None
) -> None:
    """Ask for files; they are then in the session's state under ``state_key``, as a list of Upload."""
    key = _widget_key(state_key)
    files = st.file_uploader(
        label,
        type=list(types),
        accept_multiple_files=several,
        max_upload_size=limits.UPLOAD_MEGABYTES,
        key=key,
        on_change=_forget_when_empty,
        args=(state_key, key),
        help=help,
    )
    _keep(state_key, files)


def _ask_sample() -> str:
    address.recall(SAMPLE_KEY, SAMPLES, SAMPLES[0])
    sample = st.segmented_control(
        t("segment.sample"),
        SAMPLES,
        format_func=lambda name: t(f"segment.sample_{name}"),
        key=SAMPLE_KEY,
        required=True,
    )
    address.note(SAMPLE_KEY, SAMPLES[0])
    return sample or SAMPLES[0]


def _camera() -> None:
    key = _widget_key(SHOT)
    shot = st.camera_input(
        t("segment.shot"),
        key=key,
        on_change=_forget_when_empty,
        args=(SHOT, key),
        label_visibility="collapsed",
        width=480,
    )
    if _keep(SHOT, shot):
        st.rerun()  # the choice of samples above the camera is replaced by "Start over"


def _widget_key(state_key: str) -> str:
    return f"{state_key}-{st.session_state.setdefault(ROUND, 0)}"


def _keep(state_key: str, held: UploadedFile | list[UploadedFile] | None) -> bool:
    """Copy a widget's files into the session's state; returns whether any of them is new.

    An empty widget changes nothing, since it may have been drawn anew after the visitor was on another page. The
    widget's callback cannot do this: a callback is lost when it comes together with a rerun that the page starts.
    """
    files = held if isinstance(held, list) else [held] if held else []
    known = {upload.file_id: upload for upload in st.session_state.get(state_key, [])}
    if files:
        st.session_state[state_key] = [
            known.get(file.file_id) or Upload.of(file.name, file.getvalue(), file_id=file.file_id) for file in files
        ]
    return any(file.file_id not in known for file in files)


def _forget_when_empty(state_key: str, key: str) -> None:
    """A widget's callback: the visitor may have removed its last file."""
    if not st.session_state[key]:
        st.session_state.pop(state_key, None)


def _forget() -> None:
    """A button's callback: forget every photo and trimap of the visitor."""
    for state_key in (PHOTOS, SHOT, TRIMAPS):
        st.session_state.pop(state_key, None)
    st.session_state[ROUND] += 1
