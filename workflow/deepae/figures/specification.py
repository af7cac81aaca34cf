"""The specification curve: DeepAE over each rival under every choice, sorted, with the choices marked below."""

import numpy as np
from matplotlib.lines import Line2D

from deepae.analysis.specification import specification
from deepae.config.outputs import heading
from deepae.config.vocabulary import NORMALIZATIONS
from deepae.figures import style

NOTHING = "Nothing to draw: no run of DeepAE and of a rival under the same choices."
COLOURS = {"DeepAE": "#D55E00", "rival": "#0072B2", "undecided": "#9A9A9A"}
TITLES = {
    "dataset": "data set",
    "normalization": "normalisation",
    "measurements": "h",
    "noise": "noise",
    "loss": "DeepAE's loss",
    "n_train": "training cells",
    "decoder": "rival",
}
ROW, TALL, LEFT, HEADINGS = 0.125, 1.9, 2.15, 0.06  # inches
WORST = 1.6  # log ratios beyond it are drawn at the edge: a failed decoder would squeeze all others


@style.house
def draw(name, table, datasets, methods):
    """Draw the curve.

    Parameters
    ----------
    name, table, datasets, methods
        As `deepae.figures.axis.draw`, with the rows of all blocks.

    Returns
    -------
    matplotlib.figure.Figure
        With `found` and `behind`, `deepae.analysis.specification.specification`.
    """
    found = specification(table, methods) if len(table) else table
    if not len(found):
        return style.message(NOTHING, heading(name))
    groups = {choice: _values(found[choice], choice, datasets) for choice in TITLES}
    groups = {choice: values for choice, values in groups.items() if len(values) > 1}
    lines = sum(len(values) for values in groups.values()) + 0.5 * len(groups)
    width, below = style.TWO_COLUMNS, ROW * lines
    figure = style.new(width, 4)
    kinds = {"DeepAE": "DeepAE has less error", "rival": "the rival has", "undecided": "interval holds 0"}
    entries = [
        (Line2D([], [], marker="o", markersize=3, linewidth=1.2, color=COLOURS[kind]), text)
        for kind, text in kinds.items()
    ]
    bottom = style.legend(figure, entries, width)
    height = 0.34 + TALL + 0.12 + below + bottom
    figure.set_size_inches(width, height)
    style.head(figure, heading(name))
    axes = style.inches(figure, LEFT, bottom + below + 0.12, width - LEFT - 0.12, TALL, gid="panel:ratios")
    _curve(axes, found)
    marks = style.inches(figure, LEFT, bottom, width - LEFT - 0.12, below, gid="panel:choices", sharex=axes)
    _choices(marks, found, groups, datasets)
    figure.behind, figure.found = found, said(found)
    return figure


def _values(column, choice, datasets):
    """Return the values of a choice in a reader's order."""
    order = {"dataset": list(datasets), "normalization": list(NORMALIZATIONS)}.get(choice)
    found = sorted(set(column), key=lambda value: (float(value) if str(value).isdigit() else -1, str(value)))
    if choice == "noise":  # from none to most
        return [value for value in found if "SNR" not in value] + [value for value in found[::-1] if "SNR" in value]
    return [value for value in order if value in found] if order else found


def _curve(axes, found):
    """Draw estimates and intervals."""
    x = np.arange(len(found))
    low, high, middle = (found[name].clip(-WORST, WORST) for name in ("ci_low", "ci_high", "log_ratio"))
    for kind, colour in COLOURS.items():
        here = (found["favours"] == kind).to_numpy()
        axes.vlines(x[here], low[here], high[here], color=colour, linewidth=0.6, alpha=0.55, gid=f"intervals:{kind}")
        axes.plot(
            x[here], middle[here], linestyle="none", marker="o", markersize=1.8, color=colour, gid=f"ratios:{kind}"
        )
    axes.axhline(0, color=style.INK, linewidth=0.7)
    axes.set_xlim(-1, len(found))
    beyond = (found["log_ratio"].abs() > WORST).to_numpy()
    edge = np.sign(found["log_ratio"][beyond]) * (WORST + 0.03)
    look = {"linestyle": "none", "marker": "^", "markersize": 3, "color": style.INK, "clip_on": False}
    axes.plot(x[beyond], edge, gid="beyond", **look)
    ends = found[["log_ratio", "ci_low", "ci_high"]].to_numpy(float).clip(-WORST, WORST)
    axes.set_ylim(min(-0.2, 1.05 * np.nanmin(ends)), max(0.2, 1.05 * np.nanmax(ends)))
    axes.set_ylabel("log EM(DeepAE) / EM(rival)", labelpad=1)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.grid(axis="y", color="#EBEBEB", linewidth=0.5)


def _choices(axes, found, groups, datasets):
    """Mark below each estimate the choices behind it."""
    y = 0.0
    axes.axis("off")
    x = np.arange(len(found))
    colours = found["favours"].map(COLOURS).to_numpy()
    for choice, values in groups.items():
        at = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 6}
        left = (HEADINGS - LEFT) / (axes.get_position().width * axes.figure.get_figwidth())
        axes.text(left, y + 0.3, TITLES[choice], ha="left", fontweight="bold", **at)
        for value in values:
            here = (found[choice] == value).to_numpy()
            axes.vlines(
                x[here], y - 0.08, y + 0.68, colors=colours[here], linewidth=0.9, gid=f"choice:{choice}:{value}"
            )
            axes.text(-0.01, y + 0.3, _word(choice, value, datasets), ha="right", **at)
            y += 1
        y += 0.5
    axes.set_ylim(y, -0.2)


def _word(choice, value, datasets):
    """Return what a value is called."""
    known = {"dataset": {name: entry["label"] for name, entry in datasets.items()}}
    known["normalization"] = {name: entry.label for name, entry in NORMALIZATIONS.items()}
    return known.get(choice, {}).get(value, str(value))


def said(found):
    """Say how often who has less error, and how that depends on the rival."""
    counts = found["favours"].value_counts()
    n = len(found)

    def percent(values):
        return f"{100 * (np.exp(np.median(values)) - 1):+.1f} %".replace("-", "−")

    parts = [
        f"{decoder}: {percent(group['log_ratio'])} (DeepAE {int((group['favours'] == 'DeepAE').sum())}, "
        f"rival {int((group['favours'] == 'rival').sum())}, undecided {int((group['favours'] == 'undecided').sum())})"
        for decoder, group in found.groupby("decoder", sort=False)
    ]
    deepae, rival, undecided = (int(counts.get(kind, 0)) for kind in COLOURS)
    return (
        f"Of {n} comparisons DeepAE has less error in {deepae}, the rival in {rival}, and {undecided} are open: their "
        f"interval holds 0. Median of EM(DeepAE) / EM(rival) − 1: {percent(found['log_ratio'])}; by kind of rival "
        f"{'; '.join(sorted(parts))}."
    )
