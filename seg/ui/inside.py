"""The page "inside": the network as a diagram, feature maps, skips, arithmetic, and the article's mistakes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from seg import pictures
from seg.data.pipeline import resize_photo
from seg.inference.inside import SKIPS, strongest, transposed_convolution
from seg.inference.segmenter import NETWORK_SIZE
from seg.network.architecture import Layer, layers
from seg.network.vgg16 import MEAN_ACTIVATION, TAPS
from seg.photo import read_photo
from seg.ui import address, inside_article, parts, segment_input, server
from seg.ui.segment_input import Upload
from seg.ui.texts import t

SECTIONS = ("network", "maps", "skips", "scale", "upsampling", "article")
SECTION_KEY, LAYER_KEY, SKIP_KEY = "section", "layer", "without"
MAPS_SHOWN = 16
MAP_SIDE = 160  # pixels of a feature map as it is shown


def page() -> None:
    st.title(t("inside.title"))
    st.markdown(t("inside.purpose"))
    address.recall(SECTION_KEY, SECTIONS, SECTIONS[0])
    st.pills(
        t("inside.section"), SECTIONS, format_func=lambda own: t(f"inside.{own}"), key=SECTION_KEY, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    address.note(SECTION_KEY, SECTIONS[0])
    draw = {
        "network": _network,
        "maps": _maps,
        "skips": _skips,
        "scale": _scale,
        "upsampling": _upsampling,
        "article": inside_article.show,
    }
    draw[st.session_state[SECTION_KEY]]()


# The network as a diagram


def _network() -> None:
    rows = layers(NETWORK_SIZE)
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)
    st.markdown(t("inside.network_text", parameters=parameters, gmacs=macs / 1e9))
    st.mermaid_chart(_diagram(rows), alt=t("inside.network_alt"))
    st.subheader(t("inside.layers"))
    table = {
        t("inside.layer"): [row.name for row in rows],
        t("inside.kind"): [t(f"inside.kind_{row.kind}") for row in rows],
        t("inside.shape"): [" × ".join(map(str, row.shape)) for row in rows],
        t("inside.parameters"): [row.parameters for row in rows],
        t("inside.mmacs"): [round(row.macs / 1e6) for row in rows],
    }
    st.dataframe(table, hide_index=True, height=420)
    st.caption(t("inside.layers_text"))


def _diagram(rows: list[Layer]) -> str:
    """The network as Mermaid draws it: a box a block, a dotted arrow a skip. Our own words only."""
    shape = {row.name: "×".join(map(str, row.shape)) for row in rows}
    lines = ["flowchart TB", f'photo(["{t("common.photo")}<br/>{NETWORK_SIZE}×{NETWORK_SIZE}×3"])', "photo --> b1"]
    for block in range(1, 6):
        last = f"block{block}_conv{2 if block < 3 else 3}"
        lines.append(f'b{block}["{t("inside.block", number=block)}<br/>{shape[last]}"]')
        if block > 1:
            lines.append(f"b{block - 1} --> b{block}")
    lines.append(f'p5["{t("inside.kind_pool")}<br/>{shape["block5_pool"]}"]')
    lines.append("b5 --> p5 --> d1")
    for step in range(1, 5):
        lines.append(f'd{step}["{t("inside.step", number=step)}<br/>{shape[f"decoder{step}_conv"]}"]')
        if step > 1:
            lines.append(f"d{step - 1} --> d{step}")
    lines += [f"b{block} -. {t('inside.kind_skip')} .-> d{6 - block}" for block in (5, 4, 3)]
    lines.append(f'd4 --> out(["{t("inside.logits")}<br/>{shape["classifier"]}"])')
    return "\n".join(lines)


# Feature maps and skips of the photo in use


def _maps() -> None:
    st.markdown(t("inside.maps_text"))
    image = _image_in_use()
    names = [row.name for row in layers()]
    address.recall(LAYER_KEY, names, TAPS[0])
    st.selectbox(t("inside.layer"), names, key=LAYER_KEY, help=t("inside.layer_help"))
    address.note(LAYER_KEY, TAPS[0])
    layer = st.session_state[LAYER_KEY]
    with st.spinner(t("common.loading_network")):
        maps = server.inside().activations(image, layer)
    channels = strongest(maps, MAPS_SHOWN)
    st.caption(t("inside.maps_found", layer=layer, height=maps.shape[0], width=maps.shape[1], channels=maps.shape[2]))
    drawn = [_map_picture(maps[..., channel]) for channel in channels]
    cell = parts.grid(130)
    for channel, picture in zip(channels, drawn, strict=True):
        with cell():
            text = t("inside.channel", number=channel, mean=float(maps[..., channel].mean()))
            st.image(picture, caption=text, alt=text, width="stretch")
    sheet = np.vstack([np.hstack(drawn[row : row + 4]) for row in range(0, len(drawn) // 4 * 4, 4)] or drawn)
    st.download_button(
        t("common.download"), parts.png(sheet), f"{layer}.png", "image/png", key="maps-download", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _skips() -> None:
    st.markdown(t("inside.skips_text"))
    image = _image_in_use()
    options = ("none", *SKIPS)
    address.recall(SKIP_KEY, options, SKIPS[-1])
    st.segmented_control(
        t("inside.without"), options, key=SKIP_KEY, required=True,
        format_func=lambda own: t("inside.without_none") if own == "none" else own,
    )  # fmt: skip
    address.note(SKIP_KEY, SKIPS[-1])
    chosen = st.session_state[SKIP_KEY]
    with st.spinner(t("common.loading_network")):
        look = server.inside()
        whole = look.probabilities(image)
        without = whole if chosen == "none" else look.probabilities(image, chosen)
    changed = float((whole.argmax(2) != without.argmax(2)).mean())
    st.metric(t("inside.changed"), f"{changed:.1%}", help=t("inside.changed_help"))
    parts.legend()
    cell = parts.grid(240)
    for name, shown in (("with_all", whole), ("with_one_less", without)):
        with cell():
            picture = pictures.overlay(image, shown.argmax(2), 0.6)
            parts.picture(picture, t(f"inside.{name}"), t(f"inside.{name}"), parts.png(picture), f"{name}.png")
    st.subheader(t("inside.probabilities"))
    cell = parts.grid(160)
    for label, name in enumerate(("pet", "background", "border")):
        with cell():
            picture = pictures.heat(without[..., label])
            parts.picture(picture, t(f"common.{name}"), t("inside.probability_alt", name=t(f"common.{name}")),
                          parts.png(picture), f"probability-{name}.png")  # fmt: skip
    if chosen != "none":
        _addition(image, chosen)


def _addition(image: np.ndarray, tap: str) -> None:
    """One skip: what the decoder had, what the tap adds, their sum; each as the mean over its channels."""
    st.subheader(t("inside.addition"))
    st.caption(t("inside.addition_text"))
    step = {"block5_conv3": 1, "block4_conv3": 2, "block3_conv3": 3}[tap]
    cell = parts.grid(160)
    for name in (f"decoder{step}_conv", tap, f"skip_{tap}"):
        maps = server.inside().activations(image, name)
        with cell():
            picture = _map_picture(maps.mean(axis=2))
            caption = t("inside.mean_of", layer=name, mean=float(maps.mean()))
            parts.picture(picture, caption, caption, parts.png(picture), f"{name}.png")


def _map_picture(values: np.ndarray) -> np.ndarray:
    """One channel ``(h, w)`` in a perceptual scale from its least to its largest value, enlarged without smoothing."""
    spread = values.max() - values.min()
    scaled = (values - values.min()) / spread if spread else np.zeros_like(values)
    times = max(1, MAP_SIDE // max(values.shape))
    return pictures.heat(scaled).repeat(times, axis=0).repeat(times, axis=1)


def _image_in_use() -> np.ndarray:
    """The visitor's first photo, or a sample, as the network sees it, uint8 ``(224, 224, 3)``."""
    upload: Upload = segment_input.in_use()
    image = resize_photo(read_photo(upload.data, upload.name, server.MAX_PIXELS).pixels, NETWORK_SIZE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(image, width=96, alt=t("common.photo"))
        st.caption(t("inside.photo_in_use", name=parts.plain(upload.name)))
    return image


# The scale of the taps


def _scale() -> None:
    st.markdown(t("inside.scale_text"))
    names = list(MEAN_ACTIVATION)
    table = {
        t("inside.layer"): names,
        t("inside.scale_vgg"): [MEAN_ACTIVATION[name] for name in names],
        t("inside.scale_folded"): [1.0] * len(names),
        t("inside.scale_tap"): [name in TAPS for name in names],
    }
    st.bar_chart(
        {t("inside.layer"): names, t("inside.scale_vgg"): [MEAN_ACTIVATION[name] for name in names]},
        x=t("inside.layer"), y=t("inside.scale_vgg"), sort=False,
    )  # fmt: skip
    st.dataframe(table, hide_index=True, height="content")
    st.markdown(t("inside.scale_effect"))


# Transposed convolution with numbers that one can change


def _upsampling() -> None:
    st.markdown(t("inside.upsampling_text"))
    inputs, kernel = st.columns(2)
    with inputs:
        st.caption(t("inside.input"))
        image = _numbers("upsampling-input", [[1.0, 2.0], [3.0, 4.0]])
    with kernel:
        st.caption(t("inside.kernel"))
        own = _numbers("upsampling-kernel", [[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]])
    output, stamps = transposed_convolution(image, own)
    number = st.slider(t("inside.stamp"), 1, len(stamps), 1, key="upsampling-stamp", help=t("inside.stamp_help"))
    one, all_of_them = st.columns(2)
    with one:
        row, column = divmod(number - 1, image.shape[1])
        st.caption(t("inside.stamp_of", value=float(image[row, column]), row=row + 1, column=column + 1))
        st.dataframe(_table(stamps[number - 1]), hide_index=True)
    with all_of_them:
        st.caption(t("inside.output"))
        st.dataframe(_table(output), hide_index=True)
    st.caption(t("inside.upsampling_note"))


def _numbers(key: str, start: list[list[float]]) -> np.ndarray:
    """A small table of numbers to change, float ``(h, w)``; an emptied cell is zero."""
    edited = st.data_editor(_table(np.array(start)), key=key, hide_index=True)
    return np.nan_to_num(np.array([edited[column] for column in edited], float).T)


def _table(values: np.ndarray) -> dict[str, list[float]]:
    return {str(column + 1): values[:, column].round(3).tolist() for column in range(values.shape[1])}


if __name__ == "__main__":
    page()
