"""Six short lessons, each with one thing to do in the app and one question; a teacher can link to each."""

from __future__ import annotations

import streamlit as st

from seg.ui.inside import steps_view
from seg.ui.shared import address, choices, parts
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of

LESSON_KEY = "lesson"  # of the widget, and of the query parameter
# The lessons in their order, and where in the app the thing to do is done.
LESSONS: dict[str, str] = {
    "trimap": "pair",
    "convolution": "maps",
    "skips": "skips",
    "learning": "training",
    "judging": "results",
    "failing": "segment",
}
FIRST = next(iter(LESSONS))


def show() -> None:
    st.markdown(t("lessons.text"))
    info = choices.weights_info()
    if info and not parts.are_pets(info.classes):
        st.info(t("lessons.of_pets"), icon=":material/pets:")
    numbers = {lesson: number for number, lesson in enumerate(LESSONS, 1)}
    chosen = one_of(
        LESSON_KEY,
        LESSONS,
        FIRST,
        t("lessons.choose"),
        lambda lesson: f"{numbers[lesson]}. {t(f'lessons.{lesson}')}",
        "pills",
        label_visibility="collapsed",
    )
    with parts.place("lessons", chosen):
        _lesson(chosen)


def _lesson(lesson: str) -> None:
    st.header(t(f"lessons.{lesson}"), anchor=False)
    st.markdown(t(f"lessons.{lesson}_text"))
    with st.container(border=True):
        st.markdown(f"**{t('lessons.do')}** {t(f'lessons.{lesson}_do')}")
        with st.container(key=f"links-lesson-{lesson}"):
            steps_view.link(f"lesson-{lesson}", LESSONS[lesson])
    with st.container(border=True):
        st.markdown(f"**{t('lessons.question')}** {t(f'lessons.{lesson}_question')}")
        with st.expander(t("lessons.answer")):
            st.markdown(t(f"lessons.{lesson}_answer"))
    following = list(LESSONS)[list(LESSONS).index(lesson) + 1 :]
    if following:
        st.button(
            t("lessons.next", lesson=t(f"lessons.{following[0]}")),
            key="lesson-next",
            icon=":material/arrow_forward:",
            on_click=address.choose,
            args=({LESSON_KEY: following[0]},),
        )
