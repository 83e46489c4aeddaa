"""Pictures show what they are given, in the one palette, for any number of rows, shapes and epochs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seg import pictures
from seg.classes import IGNORED, PETS, Classes, PixelClass

RNG = np.random.default_rng(7)
PHOTO = RNG.integers(0, 256, (20, 30, 3), np.uint8)
LABELS = RNG.integers(0, 3, (20, 30), np.uint8)
TWO = Classes((PixelClass(0, 0, "road", (9, 8, 7), ""), PixelClass(1, 1, "sky", (1, 2, 3), "")))


def test_labels_are_drawn_in_the_colours_of_their_classes():
    drawn = pictures.colour_labels(LABELS)
    for member in PETS:
        assert (drawn[member.label == LABELS] == member.colour).all()
    assert pictures.colour_labels(np.array([[0, 1]]), TWO).tolist() == [[[9, 8, 7], [1, 2, 3]]]


def test_what_is_not_labelled_has_the_colour_of_its_row_and_is_no_mistake():
    classes = Classes(TWO.members, (PixelClass(255, IGNORED, "void", (224, 224, 192), role="void"),))
    true, predicted = np.array([[0, IGNORED]]), np.array([[1, 1]])
    assert pictures.colour_labels(true, classes).tolist() == [[[9, 8, 7], [224, 224, 192]]]
    photo = np.full((1, 2, 3), 100, np.uint8)
    assert pictures.mistakes(true, predicted, photo, classes).tolist() == [[[1, 2, 3], [150, 150, 150]]]


def test_an_overlay_goes_from_the_photo_to_the_colours_with_its_opacity():
    np.testing.assert_array_equal(pictures.overlay(PHOTO, LABELS, 0), PHOTO)
    np.testing.assert_array_equal(pictures.overlay(PHOTO, LABELS, 1), pictures.colour_labels(LABELS))
    half = pictures.overlay(PHOTO, LABELS, 0.5)
    assert (half.dtype, half.shape) == (np.uint8, PHOTO.shape)
    expected = (PHOTO.astype(float) + pictures.colour_labels(LABELS)) / 2
    assert np.abs(half - expected).max() <= 0.5


def test_a_cutout_keeps_the_photo_and_adds_its_alpha():
    alpha = np.linspace(-0.1, 1.1, 600).reshape(20, 30)
    cut = pictures.cutout(PHOTO, alpha)
    assert (cut.dtype, cut.shape) == (np.uint8, (20, 30, 4))
    np.testing.assert_array_equal(cut[..., :3], PHOTO)
    np.testing.assert_array_equal(cut[..., 3], np.round(np.clip(alpha, 0, 1) * 255))


def test_a_checkerboard_has_squares_of_two_greys():
    board = pictures.checkerboard(25, 40, square=10)
    assert (board.dtype, board.shape) == (np.uint8, (25, 40, 3))
    assert len(np.unique(board)) == 2
    assert (board[:10, :10] == board[0, 0]).all()
    assert (board[:10, 10:20] == board[10, 0]).all()
    assert (board[10:20, 10:20] == board[0, 0]).all()
    assert (board[0, 0] != board[0, 10]).all()


def test_a_cutout_laid_over_a_background_lets_it_through_where_it_is_transparent():
    alpha = np.zeros((20, 30), np.uint8)
    alpha[:, 10:20], alpha[:, 20:] = 128, 255
    background = np.full_like(PHOTO, 40)
    laid = pictures.over(np.dstack([PHOTO, alpha]), background)
    assert laid.dtype == np.uint8
    np.testing.assert_array_equal(laid[:, :10], background[:, :10])
    np.testing.assert_array_equal(laid[:, 20:], PHOTO[:, 20:])
    middle = PHOTO[:, 10:20] * (128 / 255) + 40 * (127 / 255)
    assert np.abs(laid[:, 10:20] - middle).max() <= 0.51


def test_mistakes_stand_in_colour_on_a_grey_photo():
    predicted = np.where(np.arange(30) < 15, LABELS, (LABELS + 1) % 3).astype(np.uint8)
    drawn = pictures.mistakes(LABELS, predicted, PHOTO)
    right, wrong = drawn[:, :15], drawn[:, 15:]
    assert (right == right[..., :1]).all()
    np.testing.assert_array_equal(wrong, pictures.colour_labels(predicted)[:, 15:])


def test_a_triptych_shows_photo_truth_and_prediction_side_by_side():
    predicted = LABELS[::-1]
    drawn = pictures.triptych(PHOTO, LABELS, predicted, gap=6)
    assert drawn.shape == (20, 3 * 30 + 2 * 6, 3)
    np.testing.assert_array_equal(drawn[:, :30], PHOTO)
    np.testing.assert_array_equal(drawn[:, 36:66], pictures.colour_labels(LABELS))
    np.testing.assert_array_equal(drawn[:, 72:], pictures.colour_labels(predicted))


def test_a_triptych_has_the_colours_of_any_classes():
    labels = (LABELS > 0).astype(np.uint8)
    drawn = pictures.triptych(PHOTO, labels, labels, classes=TWO)
    np.testing.assert_array_equal(drawn[:, 36:66], pictures.colour_labels(labels, TWO))
    assert colours(drawn[:, 72:]) == {member.colour for member in TWO}


def test_a_triptych_made_larger_has_no_colours_between_the_classes():
    drawn = pictures.triptych(PHOTO, LABELS, LABELS, height=57, gap=6)
    assert drawn.shape[0] == 57
    assert colours(drawn[:, -80:]) == {member.colour for member in PETS}


def colours(picture: np.ndarray) -> set[tuple[int, int, int]]:
    return {tuple(colour) for colour in np.unique(picture.reshape(-1, 3), axis=0).tolist()}


def checkered(height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A photo of one colour, and labels of one class each: what a cell shows is then known to the pixel."""
    photo = np.full((height, width, 3), (10 * seed, 250 - 10 * seed, 77), np.uint8)
    return photo, np.full((height, width), seed % 3, np.uint8), np.full((height, width), (seed + 1) % 3, np.uint8)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("captions", [False, True])
def test_a_grid_holds_any_number_of_triptychs_of_any_shape(count, captions):
    shapes = [(50, 50), (40, 80), (90, 30), (200, 100), (64, 65)][:count]
    rows = [checkered(*shape, seed) for seed, shape in enumerate(shapes, 1)]
    texts = [f"row {number}" for number in range(count)] if captions else None
    sheet = pictures.triptych_grid(rows, texts, size=100)
    gap, line = 8, 22
    top = line + gap
    for (photo, true, predicted), (height, width) in zip(rows, shapes, strict=True):
        top += line if captions else 0
        for column, colour in enumerate((photo[0, 0], PETS.palette[true[0, 0]], PETS.palette[predicted[0, 0]])):
            left = gap + column * (100 + gap)
            cell = sheet[top : top + 100, left : left + 100]
            shown = (cell == colour).all(axis=2)
            inside = np.argwhere(shown)
            seen = inside.max(axis=0) - inside.min(axis=0) + 1
            scale = 100 / max(height, width)
            assert seen.tolist() == [round(height * scale), round(width * scale)]  # not stretched
            assert np.abs(inside.min(axis=0) - (100 - seen) // 2).max() <= 1  # in the middle of its cell
            assert (cell[~shown] == 255).all()
        top += 100 + gap
    assert sheet.shape == (top + line + gap, gap + 3 * (100 + gap), 3)


def test_a_grid_without_words_is_its_pictures_alone():
    row = checkered(30, 40, 0)
    with_words = pictures.triptych_grid([row, row], size=100)
    sheet = pictures.triptych_grid([row, row], size=100, with_words=False)
    assert sheet.shape == (8 + 2 * (100 + 8), 8 + 3 * (100 + 8), 3)
    assert (sheet[8:] == with_words[30 : 22 + len(sheet)]).all()


def test_a_grid_ends_with_the_legend_of_its_classes():
    for classes in (PETS, TWO):
        photo, labels, _ = checkered(30, 30, 0)
        sheet = pictures.triptych_grid([(photo, labels, labels)], size=100, classes=classes)
        legend = sheet[-30:]
        assert {member.colour for member in classes} <= colours(legend)
    assert colours(sheet[-30:]).isdisjoint({PETS["pet"].colour, PETS["background"].colour})


def history(epochs: int, **more: float) -> list[dict]:
    return [
        {"epoch": float(n), "loss": 1 / n, "val_loss": 2 / n, "mean_iou": n / 100, "val_mean_iou": n / 50, **more}
        for n in range(1, epochs + 1)
    ]


def test_the_legend_of_twelve_classes_and_void_takes_as_many_lines_as_it_needs():
    colours = [(20 * number, 0, 200) for number in range(12)]
    members = tuple(PixelClass(n, n, f"a class of number {n}", colour) for n, colour in enumerate(colours))
    classes = Classes(members, (PixelClass(255, IGNORED, "void", (0, 200, 0), role="void"),))
    rows = [(PHOTO, np.zeros_like(LABELS), np.zeros_like(LABELS))]
    sheet = pictures.triptych_grid(rows, size=64, classes=classes)
    for colour in (*colours[1:], (0, 200, 0)):
        assert (sheet == colour).all(axis=2).sum() >= 13 * 15 - 40, "its square is whole"
    one_line = pictures.triptych_grid(rows, size=64, classes=TWO)
    assert sheet.shape[0] > one_line.shape[0] and sheet.shape[1] == one_line.shape[1]


@pytest.mark.parametrize("epochs", [1, 2, 15])
def test_curves_have_as_many_epochs_as_were_trained(epochs):
    figure = pictures.curves({"": history(epochs)})
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "mean IoU"]
    for axes, column in zip(figure.axes, ("loss", "mean_iou"), strict=True):
        training, validation = axes.get_lines()
        for line, name in ((training, column), (validation, f"val_{column}")):
            assert list(line.get_xdata()) == list(range(1, epochs + 1))
            assert list(line.get_ydata()) == [row[name] for row in history(epochs)]
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]
        assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
        # One epoch is a point and no line: there must be a marker, and two kinds of it.
        assert training.get_marker() == validation.get_marker() == "o"
        assert training.get_markerfacecolor() != validation.get_markerfacecolor()
    figure.savefig(io.BytesIO())
    assert all(tick == int(tick) for tick in figure.axes[0].get_xticks())


def test_curves_of_several_runs_are_told_apart_by_name_and_colour():
    figure = pictures.curves({"first": history(3), "second": history(5)}, columns=("loss",))
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == [
        "first, training",
        "first, validation",
        "second, training",
        "second, validation",
    ]
    assert [len(line.get_xdata()) for line in lines] == [3, 3, 5, 5]
    assert lines[0].get_color() == lines[1].get_color() != lines[2].get_color()


def test_curves_show_what_there_is_where_there_was_no_validation_or_no_epoch():
    rows = [{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0, "loss": 0.4, "val_loss": None}]
    (line,) = pictures.curves({"": rows}, columns=("loss",)).axes[0].get_lines()
    assert line.get_label() == "training"
    pictures.curves({"": []}).savefig(io.BytesIO())
    pictures.curves({}).savefig(io.BytesIO())


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (20, 30, 4)])
@pytest.mark.parametrize("level", [0, 4, 9])
def test_a_png_holds_every_pixel(shape, level):
    pixels = RNG.integers(0, 256, shape, np.uint8)
    image = Image.open(io.BytesIO(pictures.encode_png(pixels, level)))
    assert image.format == "PNG"
    np.testing.assert_array_equal(np.asarray(image), pixels)


def test_a_picture_is_saved_completely_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    pictures.save_picture(PHOTO, path)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), PHOTO)

    def broken(self, content):
        raise OSError("broken")

    monkeypatch.setattr(type(path), "write_bytes", broken)
    with pytest.raises(OSError, match="broken"):
        pictures.save_picture(PHOTO[:5], path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
    np.testing.assert_array_equal(np.asarray(Image.open(path)), PHOTO)


def test_heat_runs_from_dark_blue_to_yellow_and_no_further():
    colours = pictures.heat(np.array([[-1.0, 0.2, 0.6, 1.0, 9.0]]), low=0.2)[0]
    assert colours[0].tolist() == colours[1].tolist() == [0, 34, 78]
    assert colours[3].tolist() == colours[4].tolist() == [254, 232, 56]
    assert colours.sum(axis=1).tolist() == sorted(colours.sum(axis=1).tolist())


def test_a_fitted_picture_fills_its_size_and_keeps_its_middle():
    picture = np.zeros((20, 60, 3), np.uint8)
    picture[:, 25:35] = 255
    for size in ((30, 30), (10, 90), (7, 3)):
        fit = pictures.fitted(picture, *size)
        assert fit.shape == (*size, 3)
        assert fit[size[0] // 2, size[1] // 2].min() > 200


def test_a_small_copy_is_blurred_as_its_large_original_is():
    large = np.zeros((200, 200, 3), np.uint8)
    large[:, 100:] = 200
    small = pictures.blurred(large[::4, ::4], 0.05).astype(int)
    assert np.abs(pictures.blurred(large, 0.05)[2::4, 2::4].astype(int) - small).max() < 25
    assert 50 < small[25, 25, 0] < 150
