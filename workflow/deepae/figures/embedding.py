"""t-SNE panels: the original cells beside their code, one data set a row, with what the eye cannot judge below them."""

from typing import NamedTuple

import numpy as np

from deepae.figures import style

PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7500", "#7F3C8D", "#B22222", "#4B4B4B",
    "#A5AA99", "#80BA5A", "#F97B72", "#3969AC", "#E73F74", "#11A579", "#CF1C90", "#994F88", "#2F8AC4", "#764E9F",
)  # fmt: skip
OTHER = "#C8C8C8"
UNLABELLED = "#444444"


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
    original_note, code_note : str
        Numbers below the panels.
    reason : str
        Why there is nothing to draw; empty otherwise.
    """

    heading: str
    original: np.ndarray | None = None
    code: np.ndarray | None = None
    code_label: str = "code"
    labels: np.ndarray | None = None
    original_note: str = ""
    code_note: str = ""
    reason: str = ""


def colours(labels):
    """Return the colour of each label: the commonest have one of their own; grey for other and for none."""
    names, counts = np.unique(np.asarray(labels).astype(str), return_counts=True)
    named = [name for name in names[np.argsort(-counts, kind="stable")] if name]
    own = len(PALETTE) if len(named) <= len(PALETTE) else len(PALETTE) - 1
    chosen = dict(zip(named[:own], PALETTE, strict=False))
    return chosen | dict.fromkeys(named[own:], OTHER) | ({"": UNLABELLED} if "" in names else {})


@style.house
def draw(clouds, name=""):
    """Draw one row a data set: t-SNE of the original, t-SNE of the code, legend.

    Parameters
    ----------
    clouds : sequence of Cloud
    name : str
        What the figure is called, before the first heading.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not clouds:
        return style.message("No data set of this figure has a kept model with a 10-dimensional code.")
    if name:
        clouds = [clouds[0]._replace(heading=f"{name} · {clouds[0].heading}"), *clouds[1:]]
    width, panel, gap, left, title, below = style.TWO_COLUMNS, 2.35, 0.2, 0.12, 0.26, 0.5
    tops = [0.14 * len(style.wrap(cloud.heading, width - 2 * left, 8)) + title for cloud in clouds]
    heights = [top + (0.5 if cloud.reason else panel + below) for top, cloud in zip(tops, clouds, strict=True)]
    height = sum(heights)
    figure = style.new(width, height)
    for row, (cloud, top) in enumerate(zip(clouds, tops, strict=True)):
        y = height - sum(heights[:row])
        lines = "\n".join(style.wrap(cloud.heading, width - 2 * left, 8))
        figure.text(left / width, (y - 0.04) / height, lines, ha="left", va="top", fontsize=8, gid="heading")
        base = y - top - panel
        if cloud.reason:
            lines = "\n".join(style.wrap(cloud.reason, 2 * panel, 8))
            figure.text(left / width, (y - top) / height, lines, ha="left", va="center", fontsize=8, gid="message")
            continue
        both = ((cloud.original, "original", cloud.original_note), (cloud.code, cloud.code_label, cloud.code_note))
        for column, (points, name, note) in enumerate(both):
            x = left + column * (panel + gap)
            axes = figure.add_axes((x / width, base / height, panel / width, panel / height))
            _scatter(axes, points, cloud.labels)
            style.title(axes, 2 * row + column, name)
            text = "\n".join(line for part in note.split("\n") for line in style.wrap(part, panel))
            axes.annotate(
                text, (0, 0), (0, -3), xycoords="axes fraction", textcoords="offset points", ha="left", va="top",
                fontsize=6, gid="numbers",
            )  # fmt: skip
        _legend(figure, cloud, (left + 2 * panel + 2 * gap) / width, (base + panel) / height, width)
    return figure


def cloud(kept, arrays, table):
    """Return the `Cloud` of a kept model.

    Parameters
    ----------
    kept : dict
        `dataset`, `normalization`, `method`, `h`, `label`, `method_label` and `note`.
    arrays : dict
        Of ``embedding.npz``.
    table : pandas.DataFrame
        Rows of ``neighbourhood.tsv`` of this data set and normalisation.
    """
    name = f"{kept['method']}/{kept['h']}"
    parts = (kept["label"], style.NORMALIZATIONS[kept["normalization"]], kept["note"])
    heading = " · ".join(part for part in parts if part)
    reason = [str(arrays[key]) for key in ("original/reason", f"{name}/reason") if key in arrays]
    if not reason and name not in arrays:
        reason = [f"{kept['method_label']}, h = {kept['h']}: no code on these test cells"]
    if reason:
        return Cloud(heading, reason=reason[0])
    own = table[(table["method"] == kept["method"]) & (table["measurements"].astype(str) == str(kept["h"]))]
    original = table[table["method"] == "original"]
    return Cloud(
        heading,
        arrays["original"],
        arrays[name],
        f"{kept['method_label']}, {kept['h']} dimensions",
        arrays.get("labels"),
        note(original.iloc[0]),
        note(own.iloc[0]),
    )


def _scatter(axes, points, labels):
    axes.set(xticks=[], yticks=[], aspect="equal", adjustable="datalim")
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.5, color=style.FAINT)
    size = float(np.clip(2500 / len(points), 2, 14))
    colour_of = colours(labels) if labels is not None else {}
    colour = [colour_of[label] for label in labels] if labels is not None else UNLABELLED
    axes.scatter(*np.asarray(points).T, s=size, c=colour, linewidths=0, rasterized=len(points) > 2000, gid="cells")
    axes.margins(0.04)


def _legend(figure, cloud, x, y, width):
    if cloud.labels is None:
        figure.text(x, y, f"{len(cloud.original)} test cells\n(no labels)", ha="left", va="top", fontsize=6.5)
        return
    from matplotlib.lines import Line2D

    chosen = colours(cloud.labels)
    entries = {name: colour for name, colour in chosen.items() if name and colour != OTHER}
    if OTHER in chosen.values():
        entries["other"] = OTHER
    if "" in chosen:
        entries["unlabelled"] = UNLABELLED
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=4, markeredgewidth=0, color=c) for c in entries.values()
    ]
    room = (1 - x) * width - 0.25
    labels = ["\n".join(style.wrap(name.replace("_", " "), room, 6.5)) for name in entries]
    legend = figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(x, y), borderaxespad=0, handlelength=0.8, labelspacing=0.35,
        title=f"{len(cloud.original)} test cells", alignment="left", title_fontsize=6.5,
    )  # fmt: skip
    legend.set_gid("legend")


def note(row):
    """Return the numbers below a panel from a row of the neighbourhood table."""
    lines = []
    if row["method"] != "original":
        if np.isfinite(row["recall"]):
            lines.append(
                f"trustworthiness {row['trustworthiness']:.3f}, neighbour recall {row['recall']:.3f} "
                f"(k = {int(row['k'])}, chance {row['chance']:.3f})"
            )
        else:
            lines.append(f"no neighbourhood: {row['reason']}")
    if np.isfinite(row["ari"]):
        lines.append(f"k-means against labels: ARI {row['ari']:.3f}, AMI {row['ami']:.3f}")
    return "\n".join(lines)
