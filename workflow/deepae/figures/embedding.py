"""t-SNE of the original cells beside their code, one data set a row, and how many neighbours each method keeps."""

import re
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from deepae.config.vocabulary import NORMALIZATIONS
from deepae.figures import style
from deepae.io.files import load_npz
from deepae.io.tables import read_tsv

PALETTE = (
    "#0072B2", "#E69F00", "#004D40", "#CC79A7", "#D55E00", "#56B4E9", "#5D4A00", "#7F3C8D", "#F0C94A", "#4B4B4B",
    "#A5AA99", "#80BA5A", "#F97B72", "#3969AC", "#E73F74", "#11A579", "#CF1C90", "#994F88", "#2F8AC4", "#764E9F",
)  # fmt: skip
MARKS = "os^Dv"
"""Labels differ in mark as well as in colour: not everyone sees colours, and not every printer prints them."""
OTHER, UNLABELLED = "#C8C8C8", "#444444"
BESIDE = {"projection": "random projection", "scores": "PCA"}
"""The representations that stand beside the code, by kind."""
NUMBERS = {"recall": "neighbours kept", "trustworthiness": "trustworthiness"}


class Cloud(NamedTuple):
    """One data set.

    Attributes
    ----------
    heading : str
        Data set and its note.
    original, code : array, shape (n, 2), or None
        Embeddings.
    code_label : str
        Title of the second panel.
    labels : array of str, shape (n,), or None
        Of the cells; clusters of the original where the data set has none.
    kept : list of (str, str, dict)
        Name, colour and numbers (`NUMBERS`) of the code and of what stands beside it; ``chance`` among them.
    cells : str
        How many cells are drawn, and what their colours are.
    reason : str
        Why there is nothing to draw; empty otherwise.
    """

    heading: str
    original: np.ndarray | None = None
    code: np.ndarray | None = None
    code_label: str = "code"
    labels: np.ndarray | None = None
    kept: list = ()
    cells: str = ""
    reason: str = ""


def natural(name):
    """Return a key that sorts d2 before d10, and other before nothing."""
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", name)]


def looks(labels):
    """Return colour and mark of each label, in natural order: the commonest have their own; grey for other and none."""
    names, counts = np.unique(np.asarray(labels).astype(str), return_counts=True)
    common = [name for name in names[np.argsort(-counts, kind="stable")] if name]
    own = len(PALETTE) if len(common) <= len(PALETTE) else len(PALETTE) - 1
    named = sorted(common[:own], key=natural)
    found = {name: (PALETTE[place], MARKS[place % len(MARKS)]) for place, name in enumerate(named)}
    found |= dict.fromkeys(common[own:], (OTHER, "o"))
    return found | ({"": (UNLABELLED, "x")} if "" in names else {})


@style.house
def draw(clouds, name=""):
    """Draw one row a data set: t-SNE of the original, t-SNE of the code, neighbours kept; the labels below.

    Parameters
    ----------
    clouds : sequence of Cloud
    name : str
        What the figure is called, in its heading.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not clouds:
        return style.message("No data set of this figure has a saved model with a 10-dimensional code.")
    width, panel, gap, left, title = style.TWO_COLUMNS, 2.2, 0.12, 0.12, 0.24
    numbers = width - 2 * panel - 2 * gap - left - 1.25
    head = 0.28 if name else 0.06
    figure = style.new(width, 4)
    tops = [0.06 + 0.14 * len(style.wrap(cloud.heading, width - 2 * left, 8)) + title for cloud in clouds]
    legends = [_legend(figure, cloud, width) for cloud in clouds]
    heights = [
        top + (0.5 if cloud.reason else panel + 0.12 + below)
        for top, cloud, (_, below) in zip(tops, clouds, legends, strict=True)
    ]
    height = head + sum(heights)
    figure.set_size_inches(width, height)
    if name:
        style.head(figure, f"{name} · t-SNE of test cells: all genes, and the code", left, 8.5)
    y = height - head
    for row, (cloud, top, tall, (legend, _)) in enumerate(zip(clouds, tops, heights, legends, strict=True)):
        lines = "\n".join(style.wrap(cloud.heading, width - 2 * left, 8))
        style.write(figure, left, y - 0.04, lines, va="top", fontsize=7.5, gid="row-title")
        base = y - top - panel
        y -= tall
        if cloud.reason:
            lines = "\n".join(style.wrap(cloud.reason, 2 * panel, 8))
            style.write(figure, left, y + 0.25, lines, va="center", fontsize=8, gid="message")
            continue
        for column, (points, text) in enumerate(((cloud.original, "t-SNE, all genes"), (cloud.code, cloud.code_label))):
            axes = style.inches(figure, left + column * (panel + gap), base, panel, panel)
            _scatter(axes, points, cloud.labels)
            style.title(axes, 3 * row + column, text)
        x = left + 2 * panel + gap + 0.98
        for place, (column, text) in enumerate(NUMBERS.items()):
            tall = panel / 2 - 0.36
            bottom = base + panel - tall if place == 0 else base + 0.3
            axes = style.inches(figure, x, bottom, numbers, tall)
            _numbers(axes, cloud.kept, column)
            style.title(axes, 3 * row + 2 if place == 0 else None, text)
        if legend is not None:
            legend.set_bbox_to_anchor((left / width, (base - 0.08) / height), transform=figure.transFigure)
    figure.found = found(clouds)
    return figure


def found(clouds):
    """Say in words how many neighbours the code keeps, and what stands beside it."""
    parts = []
    for cloud in clouds:
        if cloud.kept:
            parts.append(f"{cloud.heading.split(' · ')[0]}: {recalls(cloud.kept)}")
    if not parts:
        return "No code could be compared with the original."
    return f"Share of a cell's nearest neighbours that are kept. {'; '.join(parts)}."


def recalls(kept):
    """Say how many neighbours a code keeps, and what stands beside it (`beside`)."""
    return ", ".join(f"{name} {values['recall']:.3f}" for name, _, values in kept)


def cloud(model, arrays, table):
    """Return the `Cloud` of a saved model.

    Parameters
    ----------
    model : dict
        `dataset`, `normalization`, `method`, `h`, `label`, `method_label`, `colour` and `note`.
    arrays : dict
        Of ``embedding.npz``.
    table : pandas.DataFrame
        Rows of ``neighbourhood.tsv`` of this data set and normalisation.
    """
    name = f"{model['method']}/{model['h']}"
    parts = (model["label"], NORMALIZATIONS[model["normalization"]].label, model["note"])
    heading = " · ".join(part for part in parts if part)
    reason = [str(arrays[key]) for key in ("original/reason", f"{name}/reason") if key in arrays]
    if not reason and name not in arrays:
        reason = [f"{model['method_label']}, h = {model['h']}: no code on these test cells"]
    if reason:
        return Cloud(heading, reason=reason[0])
    shown, total = len(arrays["original"]), int(arrays.get("n_test", len(arrays["original"])))
    cells = f"{shown} test cells" if shown == total else f"{shown} of {total} test cells, drawn at random"
    coloured = "coloured by label" if "labels" in arrays else "coloured by k-means clusters of the original"
    return Cloud(
        heading,
        arrays["original"],
        arrays[name],
        f"t-SNE, {model['method_label']}'s code ({model['h']} dimensions)",
        arrays.get("labels", arrays.get("clusters")),
        beside(model, table),
        f"{cells}, {coloured}",
    )


def beside(model, table):
    """Return name, colour and numbers of the code, of PCA and a random projection as large, and of chance.

    Chance is k neighbours drawn at random: recall k / (n - 1), and the trustworthiness that follows from it.
    """
    rows = table[table["measurements"].astype(str) == str(model["h"])]
    own = rows[rows["method"] == model["method"]]
    if own.empty or not np.isfinite(own.iloc[0]["recall"]):
        return []
    first = own.iloc[0]
    found = [(model["method_label"], model.get("colour", style.INK), {key: float(first[key]) for key in NUMBERS})]
    for kind, name in BESIDE.items():
        other = rows[(rows["representation"] == kind) & np.isfinite(rows["recall"])]
        if len(other):
            found.insert(1, (name, style.INK, {key: float(other.iloc[0][key]) for key in NUMBERS}))
    n, k = int(first["n_cells"]), int(first["k"])
    untrusted = (n - 1 - k) * (n - k) / ((n - 1) * (2 * n - 3 * k - 1))
    return [*found, ("chance", style.FAINT, {"recall": k / (n - 1), "trustworthiness": 1 - untrusted})]


def _scatter(axes, points, labels):
    axes.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.5, color=style.FAINT)
    points = np.asarray(points)
    size = float(np.clip(2500 / len(points), 2.5, 14))
    labels = np.full(len(points), "") if labels is None else np.asarray(labels).astype(str)
    for name, (colour, mark) in looks(labels).items():
        look = {"s": size, "c": colour, "marker": mark, "linewidths": 0.6 if mark == "x" else 0, "gid": "cells"}
        axes.scatter(*points[labels == name].T, rasterized=len(points) > 2000, **look)
    axes.margins(0.04)


def _numbers(axes, kept, column):
    """Draw one number of each method as a dot with its value; chance as a line through all."""
    axes.set(xlim=(0, 1), ylim=(len(kept) - 0.4, -0.6), xticks=[0, 0.5, 1])
    axes.set_xticklabels(["0", "0.5", "1"])
    axes.set_yticks(range(len(kept)), [name for name, _, _ in kept])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#EBEBEB", linewidth=0.5)
    for place, (name, colour, values) in enumerate(kept):
        value = values[column]
        axes.plot([0, value], [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
        axes.plot([value], [place], "o", markersize=4, color=colour, gid=f"number:{name}")
        style.note(axes, f"{value:.3f}", (1.06, place), frame=("axes fraction", "data"), va="center", gid="number")
        if name == "chance":
            axes.axvline(value, color=colour, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)


def _legend(figure, cloud, width):
    """Add the legend of a data set's labels, in columns; return it and its height in inches."""
    if cloud.labels is None or cloud.reason:
        return None, 0.1
    found = looks(cloud.labels)
    entries = {name: look for name, look in found.items() if name and look[0] != OTHER}
    if any(colour == OTHER for colour, _ in found.values()):
        entries["other"] = (OTHER, "o")
    if "" in found:
        entries["unlabelled"] = found[""]
    handles = [
        Line2D([], [], marker=mark, linestyle="", markersize=4, markeredgewidth=mark == "x", color=colour)
        for colour, mark in entries.values()
    ]
    named = [(handle, name.replace("_", " ")) for handle, name in zip(handles, entries, strict=True)]
    look = {"loc": "upper left", "bbox_to_anchor": (0, 0), "borderaxespad": 0, "handlelength": 0.8}
    look |= {"labelspacing": 0.3, "columnspacing": 1.2, "title": cloud.cells, "alignment": "left"}
    legend, height = style.fitted_legend(figure, named, width - 0.2, min(len(named), 8), title_fontsize=6.5, **look)
    return legend, height + 0.12


def make(models, embeddings, tables, title, paths):
    """Draw saved models from the files of their embeddings and neighbourhoods, in the order of the models.

    Parameters
    ----------
    models : list of dict
        As `deepae.config.captions.model` has them.
    embeddings, tables : list of path
        ``embedding.npz`` and ``neighbourhood.tsv`` of each model.
    title : str
    paths : list of path
        To write: .svg, .pdf, .png.
    """
    clouds = [
        cloud(model, load_npz(arrays), read_tsv(table, empty_is_nan=False))
        for model, arrays, table in zip(models, embeddings, tables, strict=True)
    ]
    style.save(draw(clouds, title), paths)
