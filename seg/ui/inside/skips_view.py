"""The four taps, what each skip adds, what the trimap would be without one, and the probabilities of the classes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from seg import pictures
from seg.inference.segmenter import Segmentation
from seg.network.architecture import SKIPS
from seg.ui.inside import photo_view
from seg.ui.inside.maps_view import coloured
from seg.ui.inside.photo_view import STEP_OF, TOPMOST_TAP, Skips, Subject
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.language import t

SHOWN_AS_KEY = "inside-shown-as"
SHOWN_AS = ("overlay", "trimap", "changes")
SIDE = 480  # pixels of a picture's longest side
MEAN_SIDE = 224


def show() -> None:
    st.markdown(t("inside.skips_text"))
    subject = photo_view.choose()
    if subject is None:
        return
    skips = photo_view.skips(subject)
    _without(subject, skips)
    _probabilities(subject, skips)
    _taps(subject, skips)
    _additions(subject, skips)


def _without(subject: Subject, skips: Skips) -> None:
    """The answer of the complete network and the answer without each skip, side by side."""
    st.header(t("inside.without"), anchor=False, help=t("inside.without_help"))
    shown_as = st.segmented_control(
        t("inside.shown_as"),
        SHOWN_AS,
        default=SHOWN_AS[0],
        key=SHOWN_AS_KEY,
        required=True,
        persist_state="session",
        format_func=lambda kind: t(f"inside.shown_as_{kind}"),
        label_visibility="collapsed",
    )
    parts.legend(subject.classes)
    answers = {
        tap: Segmentation(subject.photo, probabilities, 0.0, subject.classes).reduced(SIDE)
        for tap, probabilities in skips.probabilities.items()
    }
    complete = answers[None]
    shown, captions = [], []
    for tap in (None, *reversed(SKIPS)):
        answer = answers[tap]
        changed = float((answer.labels != complete.labels).mean())
        shown.append(_picture_of(answer, complete, shown_as or SHOWN_AS[0]))
        captions.append(t("inside.without_tap", tap=tap, share=changed) if tap else t("inside.with_all"))
    _row(subject, shown, captions, "without-a-skip", 170)
    st.caption(t(f"inside.shown_as_{shown_as}_text"))


def _picture_of(answer: Segmentation, complete: Segmentation, shown_as: str) -> np.ndarray:
    if shown_as == "trimap":
        return pictures.colour_labels(answer.labels, answer.classes)
    if shown_as == "changes":
        return pictures.mistakes(complete.labels, answer.labels, answer.photo.pixels, answer.classes)
    return answer.overlay(0.55)


def _probabilities(subject: Subject, skips: Skips) -> None:
    st.header(t("inside.probabilities"), anchor=False)
    st.markdown(t("inside.probabilities_text"))
    answer = Segmentation(subject.photo, skips.probabilities[None], 0.0, subject.classes)
    probabilities = answer.reduced(SIDE).probabilities
    cell = parts.grid(210)
    for member in subject.classes:
        name = parts.class_name(member)
        picture = pictures.heat(probabilities[..., member.label])
        with cell():
            parts.picture(
                picture,
                t("inside.probability", name=name, mean=float(probabilities[..., member.label].mean())),
                t("inside.probability_alt", name=name),
                photo_view.file_name(subject, f"probability-{member.name}"),
                download=name,
            )
    st.caption(t("inside.probabilities_scale"))


def _taps(subject: Subject, skips: Skips) -> None:
    st.header(t("inside.taps"), anchor=False)
    st.markdown(t("inside.taps_text"))
    means = {tap: skips.means[tap] for tap in (*SKIPS, TOPMOST_TAP)}
    maps = [photo_view.enlarged(coloured(values), MEAN_SIDE) for values in means.values()]
    captions = [_caption(tap, values) for tap, values in means.items()]
    _row(subject, maps, captions, "taps", 150)


def _additions(subject: Subject, skips: Skips) -> None:
    st.header(t("inside.additions"), anchor=False)
    st.markdown(t("inside.additions_text"))
    for tap, step in STEP_OF.items():
        names = {"before": f"decoder{step}_conv", "added": tap, "after": f"skip_{tap}"}
        means = {role: skips.means[name] for role, name in names.items()}
        # One scale for the three: what is brighter is larger.
        high = max(float(values.max()) for values in means.values()) or 1.0
        had, brings = float(means["before"].mean()), float(means["added"].mean())
        text = t("inside.addition_share", tap=tap, share=brings / (had + brings) if had + brings else 0.0)
        with st.container(border=True):
            st.markdown(f"**{t('inside.step', number=step)}** · {text}")
            heats = [pictures.heat(values, 0.0, high) for values in means.values()]
            maps = [photo_view.enlarged(heat, MEAN_SIDE) for heat in heats]
            captions = [
                t(f"inside.addition_{role}", what=_caption(names[role], values)) for role, values in means.items()
            ]
            _row(subject, maps, captions, f"addition-{tap}", 190)


def _caption(layer: str, values: np.ndarray) -> str:
    height, width = values.shape
    return t("inside.mean_of", layer=layer, mean=float(values.mean()), height=height, width=width)


def _row(subject: Subject, shown: list[np.ndarray], captions: list[str], what: str, least: int) -> None:
    """Pictures of one size side by side, each at least ``least`` pixels wide, with one download for all."""
    cell = parts.grid(least)
    for picture, caption in zip(shown, captions, strict=True):
        with cell():
            st.image(picture, caption=caption, alt=caption, width="stretch")
    download_buttons.png(lambda: np.hstack(shown), photo_view.file_name(subject, what), key=f"inside-{what}")
