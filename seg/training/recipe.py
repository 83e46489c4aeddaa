"""All settings of a training in frozen dataclasses, and the recipes that have a name."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

from seg.data.augmentation import Augmentation
from seg.errors import SegError
from seg.network.architecture import is_size
from seg.network.vgg16 import SCALINGS
from seg.network.weights import RUN_WEIGHTS

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
# Names that settings had in recipes of earlier versions, and have now.
RENAMED = {
    "average": "ema_decay",
    "split": "split_scheme",
    "judge_size": "validation_size",
    "decoder_rate": "decoder_learning_rate",
    "encoder_rate": "encoder_learning_rate",
}


class RecipeError(SegError):
    """A setting that makes no sense, or text that is no recipe."""


# Whether a setting is wrong, the code of the sentence that says so, and the value that the sentence names.
Problem = tuple[Any, ...]


@dataclass(frozen=True)
class Phase:
    """Epochs of a training with the same settings.

    >>> from seg.training.recipe import Phase
    >>> phase = Phase(epochs=2, size=224, sizes=(160, 224, 320), batch=8)
    >>> [phase.batch_at(size) for size in phase.sizes]  # about as many pixels in each step
    [16, 8, 4]
    """

    epochs: int
    # Photos are resized to size x size pixels; a multiple of 32, the encoder's stride.
    size: int = 224
    # Sizes instead of ``size``, one drawn for each step; a size that is listed twice is drawn twice as often.
    sizes: tuple[int, ...] = ()
    # Photos a step at ``size``. A step of another size has about as many pixels.
    batch: int = 16
    # Steps in an epoch; None: every photo once.
    steps: int | None = None
    # How many blocks of the encoder stay as they are, from the first: 5 freezes it, 0 trains all of it.
    frozen_blocks: int = 5
    decoder_learning_rate: float = 1e-3
    encoder_learning_rate: float = 0.0
    # constant, or cosine: down to a hundredth of the rate over the phase, after a short linear warm-up.
    schedule: str = "constant"
    augmentation: Augmentation = Augmentation()

    def batch_at(self, size: int) -> int:
        """Photos in a step of this size: with more pixels a step would need more memory."""
        return max(2, round(self.batch * self.size**2 / size**2)) if self.sizes else self.batch

    def problems(self) -> list[Problem]:
        """What can be wrong with a phase; ``Recipe`` raises the first that is."""
        a = self.augmentation
        shares = {name: getattr(a, name) for name in ("cutmix", "mosaic", "grey", "blur", "jpeg")}
        return [
            (self.epochs < 1, "recipe_epochs"),
            *((not is_size(size), "recipe_size", size) for size in (self.size, *self.sizes)),
            (self.batch < 1, "recipe_batch"),
            (self.steps is not None and self.steps < 1, "recipe_steps"),
            (not 0 <= self.frozen_blocks <= 5, "recipe_frozen_blocks"),
            (not (self.decoder_learning_rate > 0 and self.encoder_learning_rate >= 0), "recipe_learning_rate"),
            (self.frozen_blocks < 5 and self.encoder_learning_rate == 0, "recipe_encoder_learning_rate"),
            (self.schedule not in ("constant", "cosine"), "recipe_schedule", self.schedule),
            (not (min(a.no_pet, a.far) >= 0 and a.no_pet + a.far <= 1), "recipe_no_pet"),
            *((not 0 <= share <= 1, "recipe_share", name) for name, share in shares.items()),
            (not (a.covered >= 0 and a.cutmix / 2 + a.covered <= 1), "recipe_covered"),
            *((not 0 < least <= most <= 1, "recipe_range") for least, most in (a.far_sides, a.cutmix_areas)),
            (not 0 < a.min_area <= 1, "recipe_min_area"),
        ]


@dataclass(frozen=True)
class Recipe:
    """All of a training: its JSON is written into the run, so that every run can be repeated.

    >>> from seg import Recipe
    >>> demo = Recipe.named("demo")
    >>> demo.epochs, demo.phases[0].size, demo.scaling
    (8, 160, 'imagenet')
    >>> Recipe.from_json(demo.to_json()) == demo
    True
    >>> Recipe.named("best").for_others()["start"]
    'shipped'
    """

    name: str
    phases: tuple[Phase, ...]
    # imagenet (scale folded), signed ([-1, 1]) or raw (0..255): see ``Preprocessing``.
    scaling: str = "imagenet"
    # imagenet (ships), keras (downloaded or cached by Keras), none, or a file.
    encoder: str = "imagenet"
    # Weights of a complete network to start from instead; shipped, a file or a run's folder. For a dataset with other
    # classes only their encoder is used.
    start: str | None = None
    # auto (the fastest of this machine), float32, mixed_bfloat16 or mixed_float16.
    precision: str = "auto"
    # Adam as in the article, with decoupled weight decay (AdamW) where this is above zero.
    weight_decay: float = 0.0
    # Weight of the soft Jaccard loss beside the cross-entropy: mean IoU itself, made smooth; 0 leaves it out.
    jaccard: float = 0.0
    # Decay of the exponential moving average of the weights, which is validated and saved; 0 leaves it out.
    ema_decay: float = 0.0
    # At the end the weights of so many last epochs (all where there are fewer) are averaged. The mean is validated, and
    # kept unless it is worse than the best epoch; 0 leaves it out.
    average_last: int = 0
    # Leave out photos to train on whose trimap has nothing of the class that is cut out: in a dataset whose photos all
    # show it, the trimap is wrong.
    leave_out_blank: bool = False
    # How often an epoch shows each photo of groups, where the run has such photos.
    group_repeats: int = 1
    # Share of the photos shown that are corrections, pairs of one's own; the others are the dataset's, so that nothing
    # is forgotten. A recipe with a share needs a folder of corrections, and no other recipe takes one.
    corrections_share: float = 0.0
    # Keep the weights of the last epoch, however the validation photos judge it: they are the dataset's, and say what
    # is forgotten and not what is learned.
    keep_last: bool = False
    # Size of the validation photos; None: that of the last phase.
    validation_size: int | None = None
    seed: int = 2020
    # At most so many validation photos, from all over the split; None: all. Few make a short training short.
    validation_photos: int | None = None
    # official, article, or None: official where the dataset has the lists.
    split_scheme: str | None = None
    # Keep what the network sees in three photos, in its first steps and after every epoch.
    film: bool = True

    def __post_init__(self):
        for wrong, code, *value in (*self._problems(), *(row for phase in self.phases for row in phase.problems())):
            if wrong:
                problem = RecipeError(code, **({"value": value[0]} if value else {}))
                raise RecipeError("recipe_wrong", name=self.name, problem=problem)

    def _problems(self) -> list[Problem]:
        size, photos = self.validation_size, self.validation_photos
        return [
            (not self.phases, "recipe_phases"),
            (photos is not None and photos < 1, "recipe_validation_photos"),
            (size is not None and not is_size(size), "recipe_size", size),
            (self.scaling not in SCALINGS, "recipe_scaling", self.scaling),
            (self.precision not in PRECISIONS, "recipe_precision", self.precision),
            (not 0 <= self.ema_decay < 1, "recipe_ema_decay"),
            (self.average_last < 0 or self.average_last == 1, "recipe_average_last"),
            (self.group_repeats < 1, "recipe_group_repeats"),
            (not 0 <= self.corrections_share < 1, "recipe_corrections_share"),
            (not self.weight_decay >= 0, "recipe_weight_decay"),
            (not 0 <= self.jaccard < float("inf"), "recipe_jaccard"),
            (not 0 <= self.seed < 2**32, "recipe_seed"),
        ]

    @property
    def epochs(self) -> int:
        """Of all phases together."""
        return sum(phase.epochs for phase in self.phases)

    def to_json(self) -> str:
        """As ``recipe.json`` has it."""
        return json.dumps(asdict(self), indent=2)

    def for_others(self) -> dict[str, Any]:
        """The settings as JSON has them, for files and pages that leave this machine: without its paths."""
        return without_paths(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe that ``to_json`` of this or an earlier version wrote. Raises RecipeError for anything else."""
        try:
            fields = _read_fields(json.loads(text, parse_constant=_refuse_constant))
            phases = tuple(
                Phase(**{**_read_fields(phase), "augmentation": Augmentation(**_read_fields(phase["augmentation"]))})
                for phase in fields.pop("phases")
            )
            recipe = cls(phases=phases, **fields)
            for settings in (recipe, *phases, *(phase.augmentation for phase in phases)):
                _check_kinds(settings)
            return recipe
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise RecipeError("recipe_form", reason=error) from None

    @classmethod
    def named(cls, name: str) -> Recipe:
        """``article``, ``demo``, ``best``, ``closing`` or ``corrections``. Raises RecipeError for another name."""
        if name not in RECIPES:
            raise RecipeError("recipe_unknown", name=name, known=list(RECIPES))
        return RECIPES[name]

    def override(self, phase_fields: dict[str, Any], recipe_fields: dict[str, Any]) -> Recipe:
        """The same recipe with these fields of every phase, and of the recipe, changed. Raises RecipeError.

        >>> from seg import Recipe
        >>> longer = Recipe.named("demo").override({"epochs": 20, "size": 192}, {"jaccard": 0.25})
        >>> longer.epochs, longer.phases[0].size, longer.jaccard
        (20, 192, 0.25)
        >>> longer.override({"size": 100}, {})
        Traceback (most recent call last):
            ...
        seg.training.recipe.RecipeError: Recipe demo: 100 px is not a multiple of 32.
        """
        phases = tuple(replace(phase, **phase_fields) for phase in self.phases)
        return replace(self, phases=phases, **recipe_fields)


def without_paths(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a recipe, as JSON has them, with the names of weights in place of their paths.

    A run is named by its folder, another weight file by its own name.
    """
    return settings | {name: _name_of(settings[name]) for name in ("start", "encoder") if settings.get(name)}


def _name_of(weights: str) -> str:
    # Both kinds of slash, since the weights may come from another system.
    *folders, name = [part for part in re.split(r"[/\\]", weights) if part] or [weights]
    return folders[-1] if folders and name == RUN_WEIGHTS else name


def _refuse_constant(name: str) -> None:
    """Python reads NaN and Infinity in JSON; no setting is one of them."""
    raise ValueError(f"{name} is no setting")


def _check_kinds(settings: Any) -> None:
    """Raises TypeError where a field of a dataclass holds another kind of value than its type says."""
    for name, kind in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        if not _is_of_kind(value, kind):
            raise TypeError(f"{name} is {value!r}")


def _is_of_kind(value: Any, kind: Any) -> bool:
    kinds = get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_is_of_kind(part, kinds[0]) for part in value)
    if kinds:  # one or the other
        return any(_is_of_kind(value, one) for one in kinds)
    if kind in (int, float):
        return type(value) is int or (kind is float and type(value) is float)  # True is no number
    return isinstance(value, kind)


def _read_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Settings as JSON has them, by the names that they have now; JSON has lists where a recipe has tuples."""
    return {
        RENAMED.get(name, name): tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }


# A quarter of the examples are, or lie in, a photo without a pet, where the run has such photos.
FULL_AUGMENTATION = Augmentation(
    mirror=True,
    min_area=0.5,
    aspect=0.25,
    brightness=0.3,
    contrast=0.3,
    saturation=0.4,
    hue=0.05,
    no_pet=0.12,
    far=0.13,
    far_sides=(0.15, 0.8),
    covered=0.15,
    cutmix=0.3,
    mosaic=0.06,
    grey=0.04,
    blur=0.05,
    jpeg=0.1,
)
# The best recipe's first epochs mix, cut and shrink photos, so that the network learns what a pet is in any of them;
# its last ones show photos nearly as visitors give them, whole and one at a time, which finds more of the pet.
# Such last epochs are from Z. Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430.
CLOSING_AUGMENTATION = replace(
    FULL_AUGMENTATION,
    min_area=0.9,
    aspect=0.1,
    brightness=0.2,
    contrast=0.2,
    saturation=0.3,
    hue=0.03,
    no_pet=0.15,
    covered=0.05,
    cutmix=0.1,
    mosaic=0.0,
    grey=0.02,
    blur=0.03,
)
# Images of all sizes, so that one set of weights is good at each. Blocks 1 to 3 see edges, colours and textures, which
# ImageNet has taught them: frozen, a step takes less time.
MIXED = Phase(
    epochs=9,
    size=224,
    sizes=(160, 192, 192, 224, 224, 224, 224, 256, 320, 416),
    batch=8,
    frozen_blocks=3,
    decoder_learning_rate=4e-4,
    encoder_learning_rate=6e-5,
    schedule="cosine",
    augmentation=FULL_AUGMENTATION,
)
CLOSING = replace(
    MIXED,
    epochs=3,
    sizes=(160, 192, 224, 224, 224, 224, 224, 256, 320, 416),
    decoder_learning_rate=1.5e-4,
    encoder_learning_rate=2.5e-5,
    augmentation=CLOSING_AUGMENTATION,
)
# From the weights that ship to better ones.
BEST = Recipe(
    "best",
    (MIXED, CLOSING),
    start="shipped",
    weight_decay=1e-4,
    # More of it sharpens the border and costs pet.
    jaccard=0.25,
    ema_decay=0.995,
    average_last=3,
    leave_out_blank=True,
    group_repeats=2,
    validation_size=224,
    # A quarter of the validation photos of the complete dataset: each epoch measures them.
    validation_photos=96,
)
RECIPES = {
    # As the article meant it: [-1, 1] in, nearest trimaps, photos paired by name, frozen encoder.
    "article": Recipe("article", (Phase(epochs=5),), scaling="signed", split_scheme="article"),
    # A minute or two on two cores. Small batches, short epochs: the weights have learned something when the first
    # picture is drawn, after 48 photos, and their moving average is better than what the last step left.
    "demo": Recipe("demo", (Phase(epochs=8, steps=12, batch=4, size=160),), validation_photos=48, ema_decay=0.95),
    "best": BEST,
    # The last epochs of best alone, from weights that have had its first ones; those that ship have had both.
    "closing": replace(BEST, name="closing", phases=(CLOSING,)),
    # From weights that are good to weights that are right on a few photos of one's own, in minutes on two cores. What
    # is frozen is not forgotten, and costs little: block 5 knows what things are, the decoder where they end.
    "corrections": Recipe(
        "corrections",
        (
            Phase(
                epochs=4,
                steps=24,
                batch=4,
                size=160,
                sizes=(160, 192, 224, 224),
                frozen_blocks=4,
                decoder_learning_rate=2e-4,
                encoder_learning_rate=4e-5,
                schedule="cosine",
                augmentation=Augmentation(
                    mirror=True, min_area=0.5, aspect=0.2, brightness=0.2, contrast=0.2, saturation=0.2
                ),
            ),
        ),
        start="shipped",
        weight_decay=1e-4,
        jaccard=0.25,
        ema_decay=0.97,
        leave_out_blank=True,
        corrections_share=0.4,
        keep_last=True,
        validation_size=224,
        validation_photos=24,
    ),
}
