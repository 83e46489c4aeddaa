"""A photo is kept with its trimap as a pair to learn from: by the owner alone, as it was corrected; and removed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.data.kept_pairs import KeptPair
from seg.pictures import encode_png
from seg.serve import own_pairs
from seg.texts import en
from seg.ui.segment import upload_form
from seg.ui.segment.upload_form import sample_upload
from tests.owners import OWNER
from tests.ui.segment.helpers import DARK, file, give, halves, said, upload, visit
from tests.ui.segment.test_by_hand import PET_AT_THE_RIGHT, paint

TEXTS = en.TEXTS["pairs"]
PET, BACKGROUND, BORDER = 1, 2, 3


def pairs(kind: str = own_pairs.CORRECTIONS) -> list[KeptPair]:
    return own_pairs.pairs(OWNER, kind)


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def trimap_of(pair: KeptPair) -> np.ndarray:
    return np.asarray(Image.open(pair.trimap))


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button}


def test_nobody_but_the_owner_is_offered_to_keep_a_photo(visitor):
    assert "pairs-keep" in keys(give(visit(), file()))
    visitor(listens_on="0.0.0.0")
    at = give(visit(), file())
    assert not {key for key in keys(at) if key.startswith("pairs")}
    assert TEXTS["keep_text"] not in said(at.markdown)


def test_what_was_painted_is_in_the_pair_that_is_kept():
    at = press(paint(give(visit(), file()), PET_AT_THE_RIGHT), "pairs-keep")
    (pair,) = pairs()
    trimap = trimap_of(pair)
    assert trimap.shape == (32, 64)
    assert (trimap[16, 48], trimap[4, 4], trimap[2, 60]) == (PET, PET, BACKGROUND)
    assert BORDER in trimap[16, 32:48], "between what was painted and the background"
    assert TEXTS["kept_now"] in said(at.success)
    assert TEXTS["counted"].format(count=1, learned=1, held_out=0) in said(at.caption)


def test_a_prediction_that_nobody_corrected_is_kept_only_after_a_warning_that_a_wrong_one_teaches_wrong():
    at = give(visit(), file())
    assert TEXTS["keep_predicted"] in said(at.warning)
    press(at, "pairs-keep")
    assert [pair.is_predicted for pair in pairs()] == [True]
    assert TEXTS["keep_predicted"] not in said(paint(at, PET_AT_THE_RIGHT).warning)
    press(at, "pairs-keep")
    assert [pair.is_predicted for pair in pairs()] == [False]


def test_an_island_that_the_cut_out_does_not_show_is_not_kept():
    photo = halves(size=(64, 128))
    photo[30:33, 100:103] = 250
    press(give(visit(), file("island.png", photo)), "pairs-keep")
    assert (trimap_of(pairs()[0])[25:40, 95:110] == BACKGROUND).all()


def test_a_true_trimap_given_with_the_photo_is_kept_in_place_of_the_prediction():
    true = np.full((32, 64), BACKGROUND, np.uint8)
    true[:, 40:] = PET
    at = give(give(visit(), file()), file("cat.png", encode_png(true)), to=upload_form.TRIMAPS)
    assert TEXTS["keep_uploaded"] in said(at.caption)
    press(at, "pairs-keep")
    trimap = trimap_of(pairs()[0])
    assert (trimap[16, 60], trimap[16, 4], trimap[16, 40]) == (PET, BACKGROUND, BORDER)


def test_the_photos_name_is_nowhere_in_what_is_kept():
    press(give(visit(), file("../my secret cat.png")), "pairs-keep")
    kept = [path for path in own_pairs.pairs_folder().rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if "secret" in path.name or b"secret" in path.read_bytes()]


def test_photos_of_one_animal_are_kept_apart():
    at = give(visit(), file())
    at.segmented_control(key="pairs-kind").set_value(own_pairs.PET).run()
    press(at, "pairs-keep")
    assert len(pairs(own_pairs.PET)) == 1 and not pairs()


def test_the_third_pair_is_said_to_be_held_out_and_a_photo_kept_again_replaces_its_pair():
    at = visit()
    for number in range(3):
        at = press(give(at, file(f"{number}.png", halves(250 - number))), "pairs-keep")
    assert TEXTS["kept_now_held_out"] in said(at.success)
    assert TEXTS["counted"].format(count=3, learned=2, held_out=1) in said(at.caption)
    at = give(visit(), file("0.png", halves(250)))
    assert TEXTS["kept_before"] in said(at.caption)
    assert len(pairs()) == 3 and press(at, "pairs-keep") and len(pairs()) == 3


def test_the_pairs_are_looked_at_and_removed_one_by_one():
    at = press(give(visit(), file()), "pairs-keep")
    press(at, "pairs-look")
    (pair,) = pairs()
    captions = [image.caption for element in at.get("image") for image in element.proto.imgs]
    assert captions.count(TEXTS["as_predicted"].format(side=TEXTS["learned"])) == 1
    press(at, f"pairs-remove-{pair.name}")
    assert pairs() == [] and TEXTS["none"] in said(at.caption)


def test_a_photo_in_which_no_pet_was_found_can_be_corrected_and_kept():
    at = give(visit(), file("dark.png", halves(DARK, DARK)))
    paint(at, PET_AT_THE_RIGHT, upload("dark.png", halves(DARK, DARK)))
    press(at, "pairs-keep")
    assert trimap_of(pairs()[0])[16, 48] == PET


def test_a_folder_that_cannot_be_written_is_a_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEG_PAIRS", str(tmp_path / "file"))
    at = press(give(visit(), file()), "pairs-keep")
    assert "SEG_PAIRS" in said(at.error)


@pytest.mark.parametrize("name", ["cat", "dog"])
def test_a_sample_can_be_kept_too(name):
    press(visit(sample=name), "pairs-keep")
    assert pairs()[0].name == sample_upload(name).key[:16]
