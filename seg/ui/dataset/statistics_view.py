"""Statistics of a dataset: pairs, splits, classes, species, breeds, sizes, where the pet is, what was left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import streamlit as st

from seg.classes import PETS, VOID, Classes, PixelClass
from seg.data.dataset import OFFICIAL_PAIRS, Dataset
from seg.data.split_schemes import SPLITS
from seg.data.statistics import Statistics, mean_trimap, statistics
from seg.serve import limits
from seg.serve.caches import Cache
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.charts import Spec, nominal, ordinal, quantitative
from seg.ui.shared.language import t

OUTLINE = "#808890"  # seen on white and on black, around the border's cream on the one, the dark blue on the other
MEAN_SIZE = 48  # cells along each side of the mean trimap
SIZE_TICKS = [100, 200, 300, 500, 1000, 2000, 3000]  # pixels
MOST_PAIRS = 0.99 * OFFICIAL_PAIRS  # with more, and all breeds, this is the official dataset, but for damaged files
BREEDS = 37
MOST_NAMED = 6  # files that were left out for one reason, beside their number


def show(dataset: Dataset) -> None:
    facts = statistics(dataset)
    if len(dataset):
        _numbers(facts)
        _shares(facts, dataset.classes)
        _breeds(facts, dataset.classes)
        _sizes(dataset, facts)
        if dataset.classes.subject:
            _place(dataset, dataset.classes.subject)
    _left_out(facts)


def _numbers(facts: Statistics) -> None:
    cell = parts.grid(130)
    breeds = sum(name != "unknown" for name in facts.by_breed)
    cell().metric(t("dataset.pairs"), f"{facts.pairs:,}", help=t("dataset.pairs_help"))
    if facts.by_breed:
        cell().metric(t("dataset.breeds"), f"{breeds:,}")
    for split in SPLITS:
        title = t(f"dataset.split_{split}").capitalize()
        cell().metric(title, f"{facts.splits[split]:,}", help=t(f"dataset.split_{split}_help"))
    is_complete = facts.split_scheme == "official" and breeds == BREEDS and facts.pairs > MOST_PAIRS
    st.caption(t("dataset.scheme_complete" if is_complete else f"dataset.scheme_{facts.split_scheme}"))


def _shares(facts: Statistics, classes: Classes) -> None:
    st.header(t("dataset.shares"), anchor=False, help=t("dataset.shares_help"))
    parts.legend(classes, with_truth=True)
    all_pixels = {member.name: facts.trimap_values.get(member.value, 0.0) for member in classes}
    all_pixels[VOID] = sum(facts.trimap_values.get(member.value, 0.0) for member in classes.void)
    groups = {t("dataset.all"): all_pixels | {"photos": facts.trimaps}}
    if len(facts.by_species) > 1:
        groups |= {t(f"dataset.{name}"): row for name, row in facts.by_species.items()}
    spoken = [f"{name} {all_pixels[key]:.0%}" for key, name, _ in _shown_classes(classes)]
    table, spec = _stacked(groups, classes, 34)
    st.vega_lite_chart(table, spec, alt=t("dataset.shares_alt", shares=spoken), key="dataset-shares")
    commonest = max(classes, key=lambda member: all_pixels[member.name])
    st.markdown(t("dataset.shares_text", name=parts.class_name(commonest), share=all_pixels[commonest.name]))
    _csv(_table(groups, classes), "dataset-class-shares.csv")


def _breeds(facts: Statistics, classes: Classes) -> None:
    if len(facts.by_breed) < 2 or classes != PETS:
        return
    st.header(t("dataset.by_breed"), anchor=False)
    ranked = sorted(facts.by_breed.items(), key=lambda item: -item[1]["pet"])
    first, last = ranked[0], ranked[-1]
    st.markdown(
        t(
            "dataset.by_breed_text",
            most=parts.plain(parts.breed_name(first[0])),
            most_share=first[1]["pet"],
            least=parts.plain(parts.breed_name(last[0])),
            least_share=last[1]["pet"],
        )
    )
    groups = {_breed_label(name): row for name, row in ranked}
    with st.expander(t("dataset.by_breed_show", count=len(ranked)), icon=":material/bar_chart:"):
        parts.legend(classes)
        st.vega_lite_chart(*_stacked(groups, classes, 22), alt=t("dataset.by_breed"), key="dataset-breeds")
        _csv(_table(groups, classes), "dataset-breeds.csv")


def _breed_label(name: str) -> str:
    return t("dataset.unknown") if name == "unknown" else parts.breed_name(name)


def _shown_classes(classes: Classes) -> list[tuple[str, str, tuple[int, int, int]]]:
    """The key, the title and the colour of each class from the subject outwards, then of what is not labelled.

    The border lies between the subject and everything else.
    """
    roles = ["subject", "border", "", "background"]
    ordered = sorted(classes, key=lambda member: roles.index(member.role))
    shown = [(member.name, parts.class_name(member), member.colour) for member in ordered]
    return [*shown, (VOID, t("common.void"), classes.void_colour)] if classes.void else shown


def _stacked(groups: dict[str, dict[str, float]], classes: Classes, step: int) -> tuple[pd.DataFrame, Spec]:
    """A bar a group, all of one length, divided into the classes' shares; ``step`` is a bar's height in pixels."""
    share, group, title, photos = t("dataset.share"), t("dataset.group"), t("dataset.class"), t("dataset.photos")
    shown = _shown_classes(classes)
    rows = [
        {group: label, title: name, share: row[key], photos: row["photos"], "order": order}
        for label, row in groups.items()
        for order, (key, name, _) in enumerate(shown)
    ]
    colours = {"domain": [name for _, name, _ in shown], "range": [_hex(colour) for _, _, colour in shown]}
    encoding = {
        "x": quantitative(share, stack="zero", axis={"format": "%", "title": None}, scale={"domain": [0, 1]}),
        "y": nominal(group, sort=list(groups), title=None, axis={"labelLimit": 200}),
        # The legend above the chart is the one of every page.
        "color": nominal(title, scale=colours, legend=None),
        "order": quantitative("order"),
        "tooltip": [nominal(group), nominal(title), quantitative(share, format=".1%"), quantitative(photos)],
    }
    mark = {"type": "bar", "stroke": OUTLINE, "strokeWidth": 0.7}
    return pd.DataFrame(rows), {"height": {"step": step}, "mark": mark, "encoding": encoding}


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _table(groups: dict[str, dict[str, float]], classes: Classes) -> pd.DataFrame:
    columns = {t("dataset.photos"): "photos"} | {name: key for key, name, _ in _shown_classes(classes)}
    rows = [{title: row[name] for title, name in columns.items()} for row in groups.values()]
    return pd.DataFrame(rows, index=pd.Index(groups, name=t("dataset.group")))


def _sizes(dataset: Dataset, facts: Statistics) -> None:
    st.header(t("dataset.sizes"), anchor=False)
    cell = parts.grid(190)
    for name in ("smallest", "median", "largest"):
        height, width = facts.sizes[name]
        cell().metric(t(f"dataset.{name}"), f"{width} × {height}", help=t("dataset.size_help"))
    height, width = facts.sizes["most_common"][0]["size"]
    photos = facts.sizes["most_common"][0]["photos"]
    st.markdown(t("dataset.sizes_text", width=width, height=height, photos=photos, share=photos / facts.pairs))
    counted = Counter(sample.size for sample in dataset)
    across, down, count = t("dataset.width"), t("dataset.height"), t("dataset.photos")
    table = pd.DataFrame([{across: size[1], down: size[0], count: n} for size, n in counted.most_common()])
    scale = {"type": "log", "nice": False, "padding": 20}
    bubbles = {
        "x": quantitative(across, scale=scale, axis={"values": SIZE_TICKS}),
        "y": quantitative(down, scale=scale, axis={"values": SIZE_TICKS}),
        "size": quantitative(count, scale={"type": "sqrt", "range": [18, 900]}, legend=None),
        "tooltip": [quantitative(across), quantitative(down), quantitative(count)],
    }
    spec = {"height": 320, "mark": {"type": "circle", "opacity": 0.6}, "encoding": bubbles}
    st.vega_lite_chart(table, spec, alt=t("dataset.sizes_alt"), key="dataset-sizes")
    _csv(table.set_index(across), "dataset-sizes.csv")


def _place(dataset: Dataset, subject: PixelClass) -> None:
    name = parts.class_name(subject)
    st.header(t("dataset.place", name=name), anchor=False, help=t("dataset.place_help"))
    share_here = _mean_subject(dataset, subject.label)
    middle = float(share_here[MEAN_SIZE // 2 - 2 : MEAN_SIZE // 2 + 2, MEAN_SIZE // 2 - 2 : MEAN_SIZE // 2 + 2].mean())
    corners = float(share_here[np.ix_([0, 1, -2, -1], [0, 1, -2, -1])].mean())
    st.markdown(t("dataset.place_text", name=name, middle=middle, corners=corners))
    share, across, down = t("dataset.place_share"), t("dataset.across"), t("dataset.down")
    rows, columns = np.indices(share_here.shape)
    cells = pd.DataFrame(
        {
            "row": rows.ravel(),
            "column": columns.ravel(),
            across: (columns.ravel() + 0.5) / MEAN_SIZE,
            down: (rows.ravel() + 0.5) / MEAN_SIZE,
            share: share_here.ravel().round(3),
        }
    )
    scale = {"scheme": "viridis", "domain": [0, 1]}
    encoding = {
        "x": ordinal("column", axis=None, scale={"padding": 0}),
        "y": ordinal("row", axis=None, scale={"padding": 0}),
        "color": quantitative(share, scale=scale, legend={"format": "%", "orient": "bottom"}),
        # The cell's colour around it covers the hairlines that browsers leave between two cells.
        "stroke": quantitative(share, scale=scale, legend=None),
        "tooltip": [quantitative(title, format=".0%") for title in (across, down, share)],
    }
    mark = {"type": "rect", "strokeWidth": 1}
    spec = {"width": 300, "height": 300, "autosize": "pad", "mark": mark, "encoding": encoding}
    words = t("dataset.place_alt", name=name, middle=middle, corners=corners)
    st.vega_lite_chart(cells, spec, width="content", alt=words, key="place")
    _csv(pd.DataFrame(share_here.round(3)), "dataset-mean-trimap.csv")


_means: Cache[np.ndarray] = Cache(limits.memory_for("mean trimaps"), lambda mean: 200 + mean.nbytes)


def _mean_subject(dataset: Dataset, label: int) -> np.ndarray:
    """In how many of the photos each place shows the class, float32 ``(MEAN_SIZE, MEAN_SIZE)`` in [0, 1]."""
    key = (str(dataset.root), len(dataset), label)
    return _means.get(key, lambda: mean_trimap(dataset, MEAN_SIZE)[..., label].copy())


def _left_out(facts: Statistics) -> None:
    st.header(t("dataset.left_out"), anchor=False)
    if facts.turned:
        st.caption(t("dataset.turned", count=len(facts.turned)))
    if not facts.left_out:
        st.markdown(t("dataset.left_out_none"))
        return
    st.markdown(t("dataset.left_out_text", count=sum(map(len, facts.left_out.values()))))
    files, reason, names = t("dataset.files"), t("dataset.reason"), t("dataset.names")
    # The number first: a phone shows the first 350 pixels.
    st.dataframe(
        [
            {
                files: len(left_out),
                reason: t(f"dataset.reason_{code}"),
                names: t("common.comma").join(left_out[:MOST_NAMED]) + (" …" if len(left_out) > MOST_NAMED else ""),
            }
            for code, left_out in facts.left_out.items()
        ],
        hide_index=True,
        column_config={files: st.column_config.NumberColumn(width=60), reason: st.column_config.TextColumn(width=260)},
    )
    rows = [(t(f"dataset.reason_{code}"), name) for code, left_out in facts.left_out.items() for name in left_out]
    _csv(pd.DataFrame(rows, columns=[reason, t("dataset.name")]).set_index(reason), "dataset-left-out.csv")


def _csv(table: pd.DataFrame, file_name: str) -> None:
    """The numbers of a chart, with the table's index."""
    download_buttons.csv(lambda: table, file_name, index=True)
