"""A new training: a recipe, each of its settings with a sentence of help, and the button that starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from seg.classes import PETS
from seg.data.augmentation import Augmentation
from seg.data.dataset import SAMPLE_FOLDER, Dataset
from seg.network.weights import read_info
from seg.serve import datasets, limits, trainings
from seg.training.epoch import Epoch
from seg.training.photos import correction_repeats, photos_to_train_on
from seg.training.recipe import FULL_AUGMENTATION, RECIPES, Phase, Recipe
from seg.training.runs import MOST_OF_NAME
from seg.ui.shared import choices, owner, pairs_view, parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of
from seg.ui.shared.select_box import select_box

RECIPE_KEY = "recipe"  # of the widget, and of the query parameter
DEFAULT = "demo"
NAMES = (DEFAULT, *(name for name in RECIPES if name != DEFAULT))
# A server is shared: larger photos than these take more memory than a small one has.
SIZES = tuple(range(64, 353, 32))
AUGMENTATIONS = {"none": Augmentation(), "mirror": Augmentation(mirror=True), "full": FULL_AUGMENTATION}
FRESH = "fresh"  # to start from, beside the shipped weights and those of runs


@st.fragment
def show() -> None:
    with guarded():
        name = one_of(
            RECIPE_KEY,
            NAMES,
            DEFAULT,
            t("train.recipe"),
            lambda option: t(f"train.recipe_{option}"),
            help=t("train.recipe_help"),
        )
        st.markdown(t(f"train.recipe_{name}_text"))
        # What the photos are depends on the split scheme, which is chosen below them.
        photos = st.container()
        fields = _Fields(name)
        recipe = _settings(fields, Recipe.named(name))
        learns_from_pairs = recipe.corrections_share > 0
        with photos:
            pairs, learned = pairs_view.choose_to_learn() if learns_from_pairs else (None, 0)
            dataset = _sample() if learns_from_pairs else choices.dataset(recipe.split_scheme)
            _photos(dataset, recipe)
        to_train_on, _ = photos_to_train_on(dataset, recipe)
        _summary(recipe, len(to_train_on) + learned * correction_repeats(recipe, len(to_train_on), learned))
        is_ready = bool(to_train_on) and (learned > 0 or not learns_from_pairs)
        given = st.text_input(
            t("train.name"),
            key="train-name",
            max_chars=MOST_OF_NAME,
            placeholder=t("train.name_none"),
            help=t("train.name_help"),
            width=420,
        )
        untrainable = run_status.tell_if_untrainable()
        with st.container(horizontal=True, vertical_alignment="center"):
            start = st.button(
                t("train.start"),
                type="primary",
                icon=":material/play_arrow:",
                key="train-start",
                disabled=untrainable or not is_ready,
            )
            if fields.are_changed:
                st.button(
                    t("train.reset"), type="tertiary", icon=":material/undo:", key="train-reset", on_click=fields.reset
                )
        if start:
            trainings.start(owner.visitor(), recipe, dataset, given, pairs)
            st.rerun()


def _sample() -> Dataset:
    """What pairs of one's own are mixed with, whatever dataset is in use: minutes stay minutes."""
    return datasets.open_dataset(SAMPLE_FOLDER)


def _photos(dataset: Dataset, recipe: Recipe) -> None:
    """What the network would learn from, and what it would be validated on."""
    training, validation = len(photos_to_train_on(dataset, recipe)[0]), len(dataset.split("validation"))
    validation = min(validation, recipe.validation_photos or validation)
    if not training:
        st.warning(t("train.no_photos"), icon=":material/folder_off:")
        return
    title = parts.plain(run_status.dataset_title(dataset.title))
    text = t("train.dataset_text", title=title, training=training, validation=validation)
    if dataset.is_sample:
        text = parts.sentences(text, t("common.sample_note"), t("common.cite"))
    st.caption(text)


def _summary(recipe: Recipe, photos: int) -> None:
    """Epochs, steps and photos shown in all. An epoch shows no photo twice, so that few photos make few steps."""
    epochs = [
        Epoch(phase, photos, recipe.seed + number) for number, phase in enumerate(_phase_of_each_epoch(recipe), 1)
    ]
    steps, shown = sum(map(len, epochs)), sum(len(epoch.order) for epoch in epochs)
    text = t("train.summary", epochs=recipe.epochs, steps=steps, shown=shown)
    for phase, epoch in zip(_phase_of_each_epoch(recipe), epochs, strict=True):
        if photos and (phase.steps or 0) > len(epoch):
            fewer = t("train.fewer_steps", photos=photos, batch=phase.batch, steps=len(epoch), most=phase.steps)
            text = parts.sentences(fewer, text)
            break
    if any(phase.sizes for phase in recipe.phases):
        text = parts.sentences(text, t("train.mixed_sizes"))
    st.caption(text)


def _phase_of_each_epoch(recipe: Recipe) -> list[Phase]:
    return [phase for phase in recipe.phases for _ in range(phase.epochs)]


@dataclass
class _Fields:
    """The widgets of a recipe's settings; ``defaults`` keeps the recipe's values by widget key, for ``reset``."""

    recipe: str
    defaults: dict[str, Any] = field(default_factory=dict)

    def number(self, name: str, value: Any, low: Any, high: Any, form: str | None = None, **more: Any) -> Any:
        key = self._key(name, value)
        return st.number_input(
            t(f"train.{_text(name)}"),
            low,
            high,
            st.session_state[key],  # a browser that has forgotten the field draws it anew at this, else at ``low``
            key=key,
            format=form,
            help=t(f"train.{_text(name)}_help"),
            persist_state="session",
            **more,
        )

    def choice(
        self, name: str, value: Any, options: Sequence[Any], title: Callable[[Any], str] = str, **more: Any
    ) -> Any:
        key = self._key(name, value)
        if st.session_state[key] not in options:  # a run that has been deleted
            st.session_state[key] = value
        label, help = t(f"train.{_text(name)}"), t(f"train.{_text(name)}_help")
        return select_box(label, options, key, format_func=title, help=help, **more)

    @property
    def are_changed(self) -> bool:
        """Whether the visitor has changed any setting of the recipe."""
        return any(st.session_state[key] != value for key, value in self.defaults.items())

    def reset(self) -> None:
        for key, value in self.defaults.items():
            st.session_state[key] = value

    def _key(self, name: str, value: Any) -> str:
        key = f"train-{self.recipe}-{name}"
        self.defaults[key] = value
        st.session_state.setdefault(key, value)
        return key


def _text(name: str) -> str:
    """The key of a field's texts: ``1-epochs`` is the epochs of the second phase."""
    return name.rpartition("-")[2]


def _settings(fields: _Fields, recipe: Recipe) -> Recipe:
    """The recipe as the visitor has changed it. Raises RecipeError for settings that make no sense together."""
    phases = recipe.phases
    if len(phases) == 1:
        changed = [_phase(fields, phases[0], 0)]
    else:
        tabs = st.tabs([t("train.phase", number=number) for number in range(1, len(phases) + 1)])
        changed = []
        for index, (tab, phase) in enumerate(zip(tabs, phases, strict=True)):
            with tab:
                changed.append(_phase(fields, phase, index))
    with st.expander(t("train.advanced"), icon=":material/tune:"):
        if len(phases) == 1:
            changed = [_more_of_phase(fields, changed[0], phases[0], 0)]
        else:
            for index, phase in enumerate(phases):
                st.markdown(f"**{t('train.phase', number=index + 1)}**")
                changed[index] = _more_of_phase(fields, changed[index], phase, index)
            st.markdown(f"**{t('train.all_phases')}**")
        return _more_of_run(fields, replace(recipe, phases=tuple(changed)), recipe)


def _phase(fields: _Fields, phase: Phase, index: int) -> Phase:
    """The settings that a first-time visitor may want to change; ``phase`` is as the recipe has it."""
    cell = parts.grid(140, "bottom")
    with cell():
        epochs = fields.number(f"{index}-epochs", phase.epochs, 1, 200)
    with cell():
        steps = fields.number(f"{index}-steps", phase.steps or 0, 0, 5000)
    with cell():
        # A recipe of small images may have larger batches than a visitor may ask for.
        batch = fields.number(f"{index}-batch", phase.batch, 1, max(limits.PHOTOS_IN_A_STEP, phase.batch))
    with cell():
        rate = fields.number(f"{index}-rate", phase.decoder_learning_rate, 1e-6, 0.1, "%.5f", step=1e-4)
    with cell():
        frozen = fields.choice(f"{index}-frozen", phase.frozen_blocks, (5, 4, 3, 2, 1, 0), _frozen_title)
    # An encoder that the recipe freezes has no rate in it. If the visitor lets it learn: a tenth of the decoder's, so
    # that it keeps what it learned from ImageNet.
    encoder_learning_rate = 0.0 if frozen == 5 else phase.encoder_learning_rate or rate / 10
    return replace(
        phase,
        epochs=epochs,
        steps=steps or None,
        batch=batch,
        decoder_learning_rate=rate,
        frozen_blocks=frozen,
        encoder_learning_rate=encoder_learning_rate,
    )


def _frozen_title(blocks: int) -> str:
    if blocks in (0, 5):
        return t("train.frozen_all" if blocks else "train.frozen_none")
    if blocks == 4:
        return t("train.frozen_but_last")
    return t("train.frozen_some", first=blocks + 1)


def _more_of_phase(fields: _Fields, phase: Phase, original: Phase, index: int) -> Phase:
    """The other settings of a phase: ``phase`` is as the visitor has changed it, ``original`` as the recipe has it."""
    cell = parts.grid(170)
    with cell():
        size = fields.choice(f"{index}-size", original.size, SIZES, lambda side: _size_title(side, original))
    with cell():
        encoder_learning_rate = fields.number(
            f"{index}-encoder_learning_rate",
            original.encoder_learning_rate or original.decoder_learning_rate / 10,
            1e-7,
            0.1,
            "%.6f",
            step=1e-5,
            disabled=phase.frozen_blocks == 5,
        )
    with cell():
        schedule = fields.choice(
            f"{index}-schedule", original.schedule, ("constant", "cosine"), lambda name: t(f"train.schedule_{name}")
        )
    with cell():
        # The last phase of a recipe may crop less than the others: "full" then means the augmentation of that phase.
        known = original.augmentation in AUGMENTATIONS.values()
        augmentations = AUGMENTATIONS if known else {**AUGMENTATIONS, "full": original.augmentation}
        default = next(name for name, value in augmentations.items() if value == original.augmentation)
        augmentation = fields.choice(
            f"{index}-augmentation", default, tuple(augmentations), lambda name: t(f"train.augmentation_{name}")
        )
    return replace(
        phase,
        size=size,
        sizes=original.sizes if size == original.size else (),
        schedule=schedule,
        augmentation=augmentations[augmentation],
        encoder_learning_rate=0.0 if phase.frozen_blocks == 5 else encoder_learning_rate,
    )


def _more_of_run(fields: _Fields, recipe: Recipe, original: Recipe) -> Recipe:
    """The settings of all phases: ``recipe`` is as the visitor has changed it, ``original`` as it is by its name."""
    cell = parts.grid(170)
    with cell():
        start = _start(fields, original)
    with cell():
        # Trained weights keep the scaling that they were trained with.
        scaling = fields.choice(
            "scaling",
            original.scaling,
            ("imagenet", "signed", "raw"),
            lambda name: t(f"train.scaling_{name}"),
            disabled=start is not None,
        )
    with cell():
        encoder = fields.choice(
            "encoder",
            original.encoder,
            ("imagenet", "none"),
            lambda name: t(f"train.encoder_{name}"),
            disabled=start is not None,
        )
    with cell():
        precisions = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
        precision = fields.choice("precision", original.precision, precisions, _precision_title)
    with cell():
        decay = fields.number("weight_decay", original.weight_decay, 0.0, 1.0, "%.5f", step=1e-4)
    with cell():
        ema_decay = fields.number("ema_decay", original.ema_decay, 0.0, 0.9999, "%.4f", step=1e-3)
    with cell():
        jaccard = fields.number("jaccard", original.jaccard, 0.0, 10.0, "%.2f", step=0.25)
    with cell():
        seed = fields.number("seed", original.seed, 0, 2**32 - 1)
    with cell():
        split_scheme = fields.choice(
            "split_scheme",
            original.split_scheme or "auto",
            ("auto", "article"),
            lambda name: t(f"train.split_scheme_{name}"),
        )
    if start:
        scaling = read_info(choices.weights_of(start)).scaling
        path = "shipped" if start == choices.SHIPPED else str(choices.weights_of(start).resolve())
    return replace(
        recipe,
        start=path if start else None,
        scaling=scaling,
        encoder=encoder,
        precision=precision,
        weight_decay=decay,
        ema_decay=ema_decay,
        jaccard=jaccard,
        seed=seed,
        split_scheme=None if split_scheme == "auto" else split_scheme,
    )


def _size_title(side: int, original: Phase) -> str:
    """``160 × 160``; for a recipe's own size where a phase draws one for each step, the smallest and the largest."""
    if side == original.size and original.sizes:
        return f"{min(original.sizes)}–{max(original.sizes)}"
    return f"{side} × {side}"


def _start(fields: _Fields, original: Recipe) -> str | None:
    """The weights to start from, as the sidebar names them, or None for a fresh decoder."""

    def title(option: str) -> str:
        if option == FRESH:
            return t("train.start_fresh")
        return choices.weights_title(option)

    options = (FRESH, choices.SHIPPED, *(run.id for run in trainings.trained_runs(owner.visitor())))
    usual = choices.SHIPPED if original.start == "shipped" else FRESH
    info = choices.weights_info()
    if original.corrections_share and info and info.classes == PETS:
        usual = choices.weights_choice()  # what errs on these photos is what is to learn
    chosen = fields.choice("start_from", usual, options, title)
    return None if chosen == FRESH else chosen


def _precision_title(name: str) -> str:
    return t("train.precision_auto") if name == "auto" else name.replace("_", " ")
