"""The colours of two weights in one chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from seg.ui.results.metrics_view import Measured

# Of Okabe and Ito's palette, apart from the colours of the classes and from each other.
SERIES = ("#009E73", "#CC79A7")


def series_colour(field: str, measured: Sequence[Measured]) -> alt.Color:
    """The colour by the weights in column ``field``; a legend where there are two."""
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=300) if len(measured) > 1 else None
    titles = [one.title for one in measured]
    return alt.Color(field, scale=alt.Scale(domain=titles, range=list(SERIES[: len(titles)])), legend=legend)
