"""What the sidebar says of weights and trainings, and the demo that it starts."""

from __future__ import annotations

import pytest

from tests.ui.train.helpers import make_run, open_page, weight_file, words


@pytest.mark.parametrize(
    ("split", "photos", "english", "chinese"),
    [
        ("validation", 1143, "Mean IoU 70.0% on 1,143 validation photos", "平均 IoU 70.0%（1,143 张验证照片）"),
        ("test", 460, "Mean IoU 70.0% on 460 test photos", "平均 IoU 70.0%（460 张测试照片）"),
    ],
)
def test_the_sidebar_says_in_the_visitors_language_what_the_weights_were_measured_on(
    split, photos, english, chinese, monkeypatch, tmp_path
):
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "other.safetensors", split=split, photos=photos)))
    app = open_page()
    assert english in [caption.value for caption in app.sidebar.caption]
    app.segmented_control(key="lang").set_value("zh").run()
    assert chinese in [caption.value for caption in app.sidebar.caption]


def test_the_sidebar_shows_no_mean_iou_of_weights_that_do_not_say_on_which_photos(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "other.safetensors", split="*mine*")))
    assert not any("70.0%" in caption.value for caption in open_page().sidebar.caption)


def test_the_sidebar_starts_a_demo_with_its_settings(started):
    app = open_page("dataset")
    epochs, steps, batch, rate = app.sidebar.number_input
    epochs.set_value(2)
    steps.set_value(3)
    batch.set_value(4)
    rate.set_value(0.002)
    app.sidebar.radio[0].set_value(False)
    app.sidebar.button(key="demo-start").click().run()
    phase = started[0].recipe.phases[0]
    assert (phase.epochs, phase.steps, phase.batch, phase.decoder_learning_rate) == (2, 3, 4, 0.002)
    assert (phase.frozen_blocks, phase.encoder_learning_rate) == (0, pytest.approx(0.0002))
    assert f"Training {started[0].id}" in words(app.sidebar)


def test_the_sidebar_says_how_the_last_training_went(tmp_path):
    make_run(tmp_path, "stopped", 2)
    assert "Last training: stopped, best mean IoU 40.0%" in words(open_page("dataset").sidebar)
