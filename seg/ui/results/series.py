"""The colours of two weights in one chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from seg.colours import GREEN, PURPLE
from seg.ui.results.metrics_view import Measured

# Apart from the colours of the classes and from each other.
TWO_SERIES = (GREEN, PURPLE)


def series_colour(field: str, measured: Sequence[Measured]) -> alt.Color:
    """The colour by the weights in column ``field``; a legend where there are two."""
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=300) if len(measured) > 1 else None
    titles = [one.title for one in measured]
    return alt.Color(field, scale=alt.Scale(domain=titles, range=list(TWO_SERIES[: len(titles)])), legend=legend)
