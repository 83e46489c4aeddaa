"""What is to be segmented: uploads, shots of the camera, or a sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from seg.data.dataset import SAMPLE_FOLDER as DATASET_FOLDER
from seg.data.dataset import evenly_spread
from seg.inference.second_look import DEFAULT_DETAIL, DETAILS, Detail
from seg.serve import limits
from seg.ui.segment import by_hand, uploads
from seg.ui.segment.uploads import Upload
from seg.ui.shared import address, choices, parts
from seg.ui.shared.language import t

SAMPLES = ("chelsea", "cat", "dog")
SAMPLE_FOLDER = Path(__file__).parent / "samples"
# Photos of the sample dataset's test split: the weights that ship were not trained on them.
DATASET_SAMPLES = {"cat": "Maine_Coon_27", "dog": "keeshond_27"}
SAMPLE_KEY, DETAIL_KEY = "sample", "detail"  # of the widgets and of the query parameters

PHOTOS, TRIMAPS = "segment-photos", "segment-trimaps"
SHOT = "segment-shot"  # how many shots the visitor has made
OPENED = "segment-opened"  # the key of the photo whose results are shown


def choose() -> list[Upload]:
    """Ask for photos; those that the visitor has given, or else a sample."""
    help = t("segment.upload_help", most=limits.MOST_PHOTOS)
    new = [*_take_shot(), *uploads.uploader(t("segment.upload"), PHOTOS, help=help)]
    if new:
        open_photo(new[0].key)
    photos = photos_given()
    samples = samples_offered()
    sample = samples[0]
    if photos:
        st.caption(t("segment.kept"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if photos:
            st.button(t("segment.start_over"), key="segment-clear", icon=":material/restart_alt:", on_click=_start_over)
        else:
            sample = _ask_sample(samples)
        # A browser asks for the camera as soon as the widget is drawn, so the visitor switches it on first.
        _ask_detail()
        camera = st.toggle(t("segment.camera"), key="segment-camera", help=t("segment.camera_help"))
    if camera:
        st.camera_input(t("segment.shot"), key=_camera_key(), label_visibility="collapsed", width=480)
    if not photos:
        st.caption(_about_sample(sample))
        return [sample_upload(sample)]
    return photos


def samples_offered() -> tuple[str, ...]:
    """``SAMPLES``; for weights of other classes the names of test photos, if the dataset in use has these classes."""
    info = choices.weights_info()
    if info is None or parts.are_pets(info.classes):
        return SAMPLES
    classes = choices.dataset_classes()
    if classes is None or classes.values != info.classes.values:
        return SAMPLES
    dataset = choices.dataset()
    photos = evenly_spread(dataset.split("test") or dataset.samples, len(SAMPLES))
    return tuple(sample.name for sample in photos) or SAMPLES


def _about_sample(name: str) -> str:
    if name in SAMPLES:
        credit = [t("common.cite")] if name in DATASET_SAMPLES else []
        return parts.sentences(t(f"segment.sample_{name}_note"), *credit)
    dataset = choices.dataset()
    split = t(f"dataset.split_{dataset.split_of(name)}")
    return t("segment.sample_of_dataset_note", dataset=parts.plain(dataset.title), split=split)


def _camera_key() -> str:
    return f"{SHOT}-{st.session_state.get(SHOT, 0)}"


def _take_shot() -> list[Upload]:
    """Keep the shot that has just been made; the camera, which goes on showing it, is then drawn anew for the next."""
    new = uploads.take(_camera_key(), PHOTOS)
    if st.session_state.get(_camera_key()):
        st.session_state[SHOT] = st.session_state.get(SHOT, 0) + 1
    return new


def in_use() -> Upload:
    """The photo that other pages look at: the one that is open here, or else the sample that is chosen."""
    photos = photos_given()
    if photos:
        return opened(photos)
    samples = samples_offered()
    chosen = st.session_state.get(SAMPLE_KEY)
    return sample_upload(chosen if chosen in samples else samples[0])


def opened(photos: Sequence[Upload]) -> Upload:
    """The photo whose results the visitor wants to see, else the first."""
    return next((photo for photo in photos if photo.key == st.session_state.get(OPENED)), photos[0])


def open_photo(key: str) -> None:
    """Show this photo's results from now on; also a button's callback."""
    st.session_state[OPENED] = key


def photos_given() -> list[Upload]:
    """The visitor's photos; the same bytes are one photo."""
    return list({upload.key: upload for upload in uploads.given(PHOTOS)}.values())


def sample_upload(name: str) -> Upload:
    """One of ``samples_offered``."""
    if name not in SAMPLES:
        photo = choices.dataset()[name].photo
        return Upload.of(photo.name, photo.read_bytes())
    if name == "chelsea":
        return Upload.of("chelsea.jpg", (SAMPLE_FOLDER / "chelsea.jpg").read_bytes())
    pet = DATASET_SAMPLES[name]
    trimap = (DATASET_FOLDER / "annotations" / "trimaps" / f"{pet}.png").read_bytes()
    return Upload.of(f"{pet}.jpg", (DATASET_FOLDER / "images" / f"{pet}.jpg").read_bytes(), trimap)


def _ask_sample(samples: Sequence[str]) -> str:
    address.recall(SAMPLE_KEY, samples, samples[0])
    sample = st.segmented_control(
        t("segment.sample"),
        samples,
        format_func=lambda name: t(f"segment.sample_{name}") if name in SAMPLES else parts.plain(name),
        key=SAMPLE_KEY,
        required=True,
    )
    address.note(SAMPLE_KEY, samples[0])
    return sample or samples[0]


def _ask_detail() -> None:
    address.recall(DETAIL_KEY, DETAILS, DEFAULT_DETAIL)
    st.segmented_control(
        t("segment.detail"),
        DETAILS,
        format_func=lambda detail: t(f"segment.detail_{detail}"),
        key=DETAIL_KEY,
        required=True,
        help=t("segment.detail_help"),
    )
    address.note(DETAIL_KEY, DEFAULT_DETAIL)


def chosen_detail() -> Detail:
    """How closely the network shall look at the photos."""
    return st.session_state.get(DETAIL_KEY, DEFAULT_DETAIL)


def _start_over() -> None:
    """A button's callback: forget every photo and trimap of the visitor, and what was painted."""
    uploads.forget(PHOTOS, TRIMAPS)
    by_hand.forget()
