"""A photo of any kind in, a Segmentation at the photo's size out, the same from every thread and every batch."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from seg.classes import PETS, Classes, PixelClass
from seg.images import resize_probabilities
from seg.inference.segmenter import SMALLEST_SHARE, Segmentation, SegmentationError, Segmenter
from seg.network.architecture import SizeError
from seg.network.weights import WeightsError, read_tensors, save_tensors
from seg.photo import Photo, PhotoError
from tests.conftest import picture_and_trimap

pytest_plugins = ["tests.narrow_fixtures"]
SIZE = 64


@pytest.fixture(scope="module")
def segmenter(weights) -> Segmenter:
    return Segmenter.load(weights, size=SIZE)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return picture_and_trimap((height, width), seed)[0]


def made(probabilities: np.ndarray, size: tuple[int, int] | None = None) -> Segmentation:
    """A Segmentation of these probabilities, without any network."""
    height, width = size or probabilities.shape[:2]
    return Segmentation(Photo(picture(height, width)), probabilities.astype(np.float32), 0.1)


def random_probabilities(height: int, width: int, seed: int = 1) -> np.ndarray:
    positive = np.random.default_rng(seed).gamma(0.4, size=(height, width, 3)) + 1e-3
    return (positive / positive.sum(axis=2, keepdims=True)).astype(np.float32)


# What goes in


def test_path_bytes_file_image_array_and_photo_give_the_same_answer(segmenter, tmp_path):
    pixels = picture(40, 60)
    path = tmp_path / "cat.png"
    Image.fromarray(pixels).save(path)
    data = path.read_bytes()
    sources = [path, str(path), data, io.BytesIO(data), Image.fromarray(pixels), pixels, Photo(pixels, "my cat")]
    answers = [segmenter(source) for source in sources]
    for answer in answers:
        np.testing.assert_array_equal(answer.photo.pixels, pixels)
        np.testing.assert_allclose(answer.probabilities, answers[0].probabilities, atol=1e-6)
        assert answer.seconds > 0
    assert answers[0].photo.name == "cat.png"
    assert answers[-1].photo.name == "my cat"


def test_what_is_no_photo_is_refused_in_one_sentence(segmenter):
    with pytest.raises(PhotoError):
        segmenter(b"nothing of the kind")
    with pytest.raises(PhotoError):
        segmenter.batch([picture(32, 32), b""])


@pytest.mark.parametrize("size", [0, -32, 16, 100, 225])
def test_a_size_that_is_no_multiple_of_32_is_refused_in_one_sentence(weights, size):
    with pytest.raises(SizeError, match=rf"^{size} px is not a multiple of 32: .+\.$"):
        Segmenter.load(weights, size=size)


def test_weights_that_are_not_there_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(WeightsError, match="no weights at"):
        Segmenter.load(tmp_path / "nothing.safetensors")


def test_a_runs_folder_stands_for_its_best_weights(weights, tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(weights.read_bytes())
    segmenter = Segmenter.load(tmp_path)
    assert segmenter.info.path == tmp_path / "weights.safetensors"
    assert segmenter.info.mean_iou == 0.125
    assert segmenter.size == 224


# What comes out


@pytest.mark.parametrize("size", [(64, 64), (40, 90), (130, 50), (1, 1), (1, 200), (300, 410)])
def test_the_answer_has_the_photos_own_size(segmenter, size):
    answer = segmenter(picture(*size), "fast")
    assert (answer.probabilities.dtype, answer.probabilities.shape) == (np.float32, (*size, 3))
    assert (answer.labels.dtype, answer.labels.shape) == (np.uint8, size)
    assert (answer.trimap.dtype, answer.trimap.shape) == (np.uint8, size)
    assert answer.overlay().shape == (*size, 3)
    assert answer.cutout().shape == (*size, 4)
    assert answer.network_probabilities.shape == (SIZE, SIZE, 3)


def test_probabilities_sum_to_one_at_the_photos_size(segmenter):
    for size in ((33, 47), (200, 131)):
        probabilities = segmenter(picture(*size)).probabilities
        assert probabilities.min() >= 0
        np.testing.assert_allclose(probabilities.sum(axis=2), 1, atol=1e-5)


def test_probabilities_are_resized_and_labels_are_the_likeliest_after_that(segmenter):
    answer = segmenter(picture(150, 210))
    resized = resize_probabilities(answer.network_probabilities, (150, 210))
    np.testing.assert_array_equal(answer.probabilities, resized)
    np.testing.assert_array_equal(answer.labels, resized.argmax(axis=2))
    assert set(np.unique(answer.labels)) == {0, 1, 2}  # or this fixture would show little
    # Labels resized instead would show steps.
    small = answer.network_probabilities.argmax(axis=2).astype(np.uint8)
    steps = np.asarray(Image.fromarray(small).resize((210, 150), Image.Resampling.NEAREST))
    assert (steps != answer.labels).any()


def test_a_trimap_holds_the_values_on_disk(segmenter):
    answer = segmenter(picture(50, 70))
    np.testing.assert_array_equal(answer.trimap, answer.labels + 1)


def test_shares_are_of_the_pixels_by_class_and_sum_to_one(segmenter):
    answer = segmenter(picture(50, 70))
    assert set(answer.shares) == set(PETS.names)
    assert sum(answer.shares.values()) == pytest.approx(1)
    for member in PETS:
        assert answer.shares[member.name] == pytest.approx((answer.labels == member.label).mean())


def test_confidence_is_the_probability_of_the_label():
    answer = made(random_probabilities(9, 7))
    rows, columns = np.indices((9, 7))
    np.testing.assert_array_equal(answer.confidence, answer.probabilities[rows, columns, answer.labels])


def test_alpha_is_one_in_the_pet_zero_outside_and_between_within_the_border(segmenter):
    pet, background, undecided, border = (0.98, 0.0, 0.02), (0.0, 0.98, 0.02), (0.2, 0.2, 0.6), (0.0, 0.0, 1.0)
    alpha = made(np.array([[pet, undecided, background, border]])).alpha
    np.testing.assert_allclose(alpha[0, :3], [1, 0.5, 0], atol=1e-4)
    of_a_photo = segmenter(picture(90, 70)).alpha
    for each in (alpha, of_a_photo):
        assert each.dtype == np.float32
        assert np.isfinite(each).all() and each.min() >= 0 and each.max() <= 1


def test_a_cutout_is_the_photo_with_alpha():
    probabilities = np.tile(np.float32([0, 0.98, 0.02]), (45, 31, 1))
    probabilities[:, :12] = (0.98, 0, 0.02)
    probabilities[:, 12:18] = (0.3, 0.3, 0.4)
    answer = Segmentation(Photo(picture(45, 31)), probabilities, 0.1)
    cut = answer.cutout()
    assert cut.dtype == np.uint8
    opaque, clear = cut[..., 3] == 255, cut[..., 3] == 0
    np.testing.assert_array_equal(cut[opaque, :3], answer.photo.pixels[opaque])
    assert not cut[clear].any(), "what is cut away is hidden in the file"
    assert np.abs(cut[..., 3] - 255 * answer.alpha)[~clear].max() <= 0.5


def test_an_overlay_is_as_opaque_as_asked(segmenter):
    answer = segmenter(picture(45, 31))
    np.testing.assert_array_equal(answer.overlay(0), answer.photo.pixels)
    np.testing.assert_array_equal(answer.overlay(1), PETS.palette[answer.labels])


def test_a_speck_of_pet_is_no_pet():
    probabilities = np.zeros((100, 100, 3))
    probabilities[..., 1] = 1
    enough = round(SMALLEST_SHARE * 10_000)
    for pixels, expected in ((0, False), (enough - 1, False), (enough, True)):
        with_speck = probabilities.copy()
        with_speck.reshape(-1, 3)[:pixels] = (1, 0, 0)
        assert made(with_speck).has_subject is expected


ROAD = Classes(
    (
        PixelClass(0, 0, "sky", (0, 0, 255)),
        PixelClass(9, 1, "road", (90, 90, 90), role="subject"),
        PixelClass(4, 2, "grass", (0, 255, 0)),
        PixelClass(7, 3, "edge", (255, 255, 255), role="border"),
    )
)


def test_of_other_classes_the_subject_is_cut_out_of_all_the_rest():
    row = [(0.5, 0, 0.5, 0), (0, 1, 0, 0), (0.25, 0.5, 0.25, 0), (0.05, 0.1, 0.05, 0.8)]
    photo = Photo(picture(1, 4))
    answer = Segmentation(photo, np.array([row], np.float32), 0.1, ROAD)
    np.testing.assert_allclose(answer.alpha[0], [0, 1, 0.5, 0.5], atol=1e-4)
    assert answer.trimap[0].tolist() == [0, 9, 9, 7]
    assert answer.shares == {"sky": 0.25, "road": 0.5, "grass": 0, "edge": 0.25}
    assert answer.has_subject
    np.testing.assert_array_equal(answer.overlay(1), ROAD.palette[answer.labels])


def test_without_a_class_to_cut_out_there_is_no_cutout_and_the_error_names_the_classes():
    answer = Segmentation(
        Photo(picture(4, 4)),
        random_probabilities(4, 4)[..., :2],
        0.1,
        Classes((PixelClass(0, 0, "sky", (0, 0, 255)), PixelClass(9, 1, "sea", (90, 90, 90)))),
    )
    assert not answer.has_subject
    assert answer.labels.shape == answer.confidence.shape == (4, 4)
    assert not answer.alpha.any()
    with pytest.raises(SegmentationError, match="sky, sea"):
        answer.cutout()


def test_size_and_classes_are_those_of_the_weight_file(weights, tmp_path):
    names = [replace(member, name=f"my {member.name}") for member in PETS]
    path = tmp_path / "mine.safetensors"
    save_tensors(read_tensors(weights), path, "imagenet", {}, Classes(tuple(names)), 96)
    segmenter = Segmenter.load(path)
    assert segmenter.size == 96 and Segmenter.load(path, size=64).size == 64
    assert segmenter.classes.names == ("my pet", "my background", "my border")
    answer = segmenter(picture(30, 40), "fast")
    assert answer.classes == segmenter.classes
    assert answer.network_probabilities.shape == (96, 96, 3)


def test_a_reduced_answer_is_the_same_for_a_smaller_photo():
    answer = made(random_probabilities(32, 32), (300, 200))
    small = answer.reduced(120)
    assert small.photo.size == (120, 80)
    assert small.photo.name == answer.photo.name
    assert small.labels.shape == (120, 80)
    np.testing.assert_array_equal(small.network_probabilities, answer.network_probabilities)
    assert answer.reduced(300) is answer
    assert made(random_probabilities(32, 32), (1, 4000)).reduced(100).photo.size == (1, 100)


# Many at once


def test_a_batch_gives_what_single_photos_give(segmenter):
    photos = [picture(40 + 9 * seed, 75 - 5 * seed, seed) for seed in range(5)]
    together = segmenter.batch(photos)
    assert len(together) == 5
    for photo, answer in zip(photos, together, strict=True):
        alone = segmenter(photo)
        np.testing.assert_array_equal(answer.photo.pixels, photo)
        # bfloat16, where the processor has it, rounds by the place in a batch.
        np.testing.assert_allclose(answer.probabilities, alone.probabilities, atol=0.05)
        assert (answer.labels == alone.labels).mean() > 0.99


def test_an_empty_batch_gives_nothing(segmenter):
    assert segmenter.batch([]) == []


@pytest.mark.parametrize("engine", ["openvino", "keras"])
def test_eight_threads_get_what_one_gets(weights, engine):
    if engine == "openvino":
        pytest.importorskip("openvino")
    segmenter = Segmenter.load(weights, engine, SIZE)
    assert segmenter.engine.name == engine
    photos = [picture(40 + 3 * seed, 60, seed) for seed in range(8)]
    one_by_one = [segmenter(photo).probabilities for photo in photos]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            for alone, answer in zip(one_by_one, pool.map(segmenter, photos), strict=True):
                np.testing.assert_allclose(answer.probabilities, alone, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (90, 1), (70, 20), (31, 49), (100, 333)])
def test_labels_are_the_likeliest_at_every_size(size):
    answer = made(random_probabilities(32, 48), size)
    np.testing.assert_array_equal(answer.labels, answer.probabilities.argmax(axis=2))
