"""A recipe has all settings of a training: its JSON reads back the same, and what makes no sense is refused."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from seg.data.augmentation import Augmentation
from seg.training.recipe import RECIPES, Phase, Recipe, RecipeError

PLAIN = Recipe("plain", (Phase(epochs=2),))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_read_back_from_its_json_is_the_same(name):
    assert Recipe.from_json(Recipe.named(name).to_json()) == Recipe.named(name)


def test_the_json_names_every_setting():
    written = json.loads(PLAIN.to_json())
    assert set(written) == set(Recipe.__dataclass_fields__)
    assert set(written["phases"][0]) == set(Phase.__dataclass_fields__)
    assert set(written["phases"][0]["augmentation"]) == set(Augmentation.__dataclass_fields__)


def test_the_article_is_trained_as_the_article_says():
    article = Recipe.named("article")
    (phase,) = article.phases
    assert (article.scaling, article.split_scheme, article.encoder, article.weight_decay, article.ema_decay) == (
        "signed",
        "article",
        "imagenet",
        0.0,
        0.0,
    )
    assert (phase.epochs, phase.batch, phase.size, phase.steps, phase.frozen_blocks) == (5, 16, 224, None, 5)
    assert phase.decoder_learning_rate == 1e-3  # Adam's own
    assert phase.augmentation.is_none


def test_the_best_recipe_trains_the_encoder_on_images_of_all_sizes():
    best = Recipe.named("best")
    for phase in best.phases:
        assert phase.frozen_blocks < 5 and phase.encoder_learning_rate > 0
        assert not phase.augmentation.is_none
    assert (min(best.phases[-1].sizes), max(best.phases[-1].sizes)) == (160, 416)
    assert best.start == "shipped"


def test_the_closing_recipe_is_the_end_of_the_best_one_and_mixes_less():
    best, closing = Recipe.named("best"), Recipe.named("closing")
    assert closing.phases == best.phases[-1:] and replace(closing, name="best", phases=best.phases) == best
    first, last = (phase.augmentation for phase in best.phases)
    assert last.min_area > first.min_area and last.cutmix + last.covered + last.mosaic < first.cutmix


def test_a_step_of_larger_images_has_fewer_of_them_and_about_as_many_pixels():
    phase = Phase(epochs=1, size=224, batch=8, sizes=(160, 224, 320, 416))
    assert [phase.batch_at(size) for size in phase.sizes] == [16, 8, 4, 2]
    assert replace(phase, batch=1).batch_at(416) == 2
    assert replace(phase, sizes=()).batch_at(416) == 8


def test_a_recipe_of_the_first_version_is_read_by_the_names_of_now():
    old = """{"name": "old", "average": 0.9, "judge_size": 192, "split": "article", "phases": [
        {"epochs": 2, "decoder_rate": 0.01, "encoder_rate": 0.001, "augmentation": {"mirror": true}}]}"""
    phase = Phase(2, decoder_learning_rate=0.01, encoder_learning_rate=0.001, augmentation=Augmentation(mirror=True))
    assert Recipe.from_json(old) == Recipe("old", (phase,), ema_decay=0.9, validation_size=192, split_scheme="article")


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        ("/home/ann/runs/older/weights.safetensors", "older"),
        ("/home/ann/runs/older", "older"),
        (r"C:\\Users\\ann\\mean.safetensors", "mean.safetensors"),
        ("shipped", "shipped"),
        (None, None),
    ],
)
def test_what_others_see_of_a_recipe_has_no_path_of_this_machine(start, shown):
    recipe = replace(PLAIN, start=start, encoder="/home/ann/vgg.safetensors")
    settings = recipe.for_others()
    assert (settings["start"], settings["encoder"]) == (shown, "vgg.safetensors")
    assert Recipe.from_json(json.dumps(settings)).phases == recipe.phases


def test_epochs_are_counted_over_all_phases():
    assert Recipe("two", (Phase(epochs=2), Phase(epochs=3))).epochs == 5


def test_a_name_that_is_no_recipe_is_refused_with_those_that_are():
    with pytest.raises(RecipeError, match="no recipe 'fast': choose one of article, demo, best"):
        Recipe.named("fast")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("phases", (), "at least one phase"),
        ("scaling", "bgr", "input scaling 'bgr'"),
        ("precision", "float8", "precision 'float8'"),
        ("ema_decay", 1.0, "moving average"),
        ("ema_decay", -0.1, "moving average"),
        ("jaccard", -0.5, "Jaccard loss"),
        ("jaccard", float("nan"), "Jaccard loss"),
        ("weight_decay", -1e-4, "weight decay"),
        ("weight_decay", float("nan"), "weight decay"),
        ("average_last", 1, "takes two of them"),
        ("average_last", -1, "takes two of them"),
        ("group_repeats", 0, "at least once an epoch"),
        ("validation_size", 100, "100 px is not a multiple of 32"),
        ("seed", -1, "seed"),
        ("seed", 2**32, "seed"),
    ],
)
def test_a_wrong_setting_of_the_recipe_is_refused_in_one_sentence(setting, value, words):
    with pytest.raises(RecipeError) as caught:
        replace(PLAIN, **{setting: value})
    _is_one_sentence(str(caught.value), words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 0}, "at least one epoch"),
        ({"size": 100}, "100 px is not a multiple of 32"),
        ({"size": 0}, "0 px"),
        ({"sizes": (160, 200)}, "200 px is not a multiple of 32"),
        ({"batch": 0}, "at least one photo"),
        ({"steps": 0}, "at least one step"),
        ({"frozen_blocks": 6}, "blocks 1 to 5"),
        ({"frozen_blocks": -1}, "blocks 1 to 5"),
        ({"decoder_learning_rate": 0.0}, "learning rate is above zero"),
        ({"decoder_learning_rate": float("nan")}, "learning rate is above zero"),
        ({"encoder_learning_rate": -1e-5}, "learning rate is above zero"),
        ({"frozen_blocks": 2}, "its learning rate is zero"),
        ({"schedule": "linear"}, "schedule 'linear'"),
        ({"augmentation": Augmentation(min_area=0.0)}, "smallest crop"),
        ({"augmentation": Augmentation(no_pet=0.6, far=0.6)}, "not above 1 together"),
        ({"augmentation": Augmentation(cutmix=1.5)}, "the share cutmix lies in"),
        ({"augmentation": Augmentation(cutmix=1.0, covered=0.6)}, "not above 1 together"),
        ({"augmentation": Augmentation(covered=-0.1)}, "not above 1 together"),
        ({"augmentation": Augmentation(mosaic=1.1)}, "the share mosaic lies in"),
        ({"augmentation": Augmentation(grey=-0.1)}, "the share grey lies in"),
        ({"augmentation": Augmentation(blur=2.0)}, "the share blur lies in"),
        ({"augmentation": Augmentation(jpeg=float("nan"))}, "the share jpeg lies in"),
        ({"augmentation": Augmentation(far_sides=(0.8, 0.2))}, "the smaller one first"),
        ({"augmentation": Augmentation(cutmix_areas=(0.0, 0.5))}, "the smaller one first"),
        ({"augmentation": Augmentation(far=-0.1)}, "not below 0"),
        ({"augmentation": Augmentation(min_area=1.5)}, "smallest crop"),
    ],
)
def test_a_wrong_setting_of_a_phase_is_refused_in_one_sentence(settings, words):
    with pytest.raises(RecipeError) as caught:
        PLAIN.override(settings, {})
    _is_one_sentence(str(caught.value), words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "3",
        "null",
        "{}",
        '{"name": "x", "phases": [{}]}',
        '{"name": "x", "phases": [3]}',
        '{"name": "x", "phases": [], "unheard_of": 1}',
        '{"phases": [{"epochs": "3", "augmentation": {}}], "name": "x"}',
    ],
)
def test_text_that_is_no_recipe_is_refused_in_one_sentence(text):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(text)
    _is_one_sentence(str(caught.value), "recipe")


def test_an_override_changes_every_phase_and_nothing_else():
    best = Recipe.named("best")
    changed = best.override({"schedule": "constant"}, {"seed": 7})
    assert {phase.schedule for phase in changed.phases} == {"constant"}
    assert changed.seed == 7
    assert changed.override({"schedule": "cosine"}, {"seed": best.seed}) == best


def test_a_recipe_cannot_be_changed_by_mistake():
    with pytest.raises(FrozenInstanceError):
        PLAIN.seed = 3


def _is_one_sentence(text: str, words: str) -> None:
    assert words in text
    assert "\n" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ["demo"]},
        {"encoder": 5},
        {"seed": 1.5},
        {"seed": True},
        {"weight_decay": float("nan")},
        {"start": {}},
        {"split_scheme": []},
    ],
)
def test_a_setting_of_another_kind_is_no_recipe(changed):
    with pytest.raises(RecipeError, match="This is no recipe"):
        Recipe.from_json(json.dumps(json.loads(RECIPES["demo"].to_json()) | changed))
    with pytest.raises(RecipeError, match="This is no recipe"):
        Recipe.from_json("[" * 100_000)
