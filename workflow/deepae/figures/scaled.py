"""The summary of a comparison: every method, h and data set as scores between the mean profile and the ceiling."""

import numpy as np

from deepae.analysis.scaling import scaled_runs
from deepae.config.outputs import FIGURES, heading
from deepae.config.roles import competes
from deepae.config.vocabulary import METRICS, ROLES
from deepae.figures import style

NOTHING = "Nothing to draw: the block has no run that can be set beside the mean profile."
ROW, COLUMN, LEFT = 0.155, 0.42, 1.75  # inches
SIDE, ABOVE = ("axes fraction", "data"), ("data", "axes fraction")
ORDER = ("control", "published", "unit-norm", "compressed-sensing", "panel", "network", "proposed", "ceiling")


def groups(methods):
    """Return the methods in the order of rows: heading and names of floors, controls, …, ceilings."""
    found = []
    for role in ORDER:
        names = [name for name, entry in methods.items() if entry["role"] == role]
        if role == "control":
            floors = [name for name in names if methods[name].get("floor")]
            found += [("floors", floors), (ROLES[role].label, [name for name in names if name not in floors])]
        else:
            found.append((ROLES[role].label, names))
    return [(label, names) for label, names in found if names]


@style.house
def draw(name, table, datasets, methods):
    """Draw the summary; see `deepae.figures.comparison.draw` for the parameters.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each method, a column for each data set, h and metric: the mean over runs of the scaled score, as a
        colour and a number; ``↑`` above the ceiling, ``–`` where there is no run with a value. `found` says the best.
    """
    metrics, title = FIGURES[name].metrics, heading(name)
    runs = scaled_runs(table[table["dataset"].isin(list(datasets))], methods, metrics) if len(table) else None
    if runs is None or runs["scaled"].isna().all():
        return style.message(NOTHING, title)
    means = runs.groupby(["method", "dataset", "measurements", "metric"], sort=False)["scaled"].mean()
    known = set(runs["method"])
    rows = [(label, [name for name in names if name in known]) for label, names in groups(methods)]
    # one line for each method, and before each group one that has its heading
    lines = [line for label, names in rows if names for line in [(label, None), *((label, name) for name in names)]]
    settings = [(name, h) for name in datasets for h in sorted(set(runs["measurements"][runs["dataset"] == name]))]
    columns = [(dataset, h, metric) for dataset, h in settings for metric in metrics]
    scores = np.array([[means.get((name, *column), np.nan) for column in columns] for _, name in lines])
    head, foot = 0.66, 0.34
    width, wide, tall = max(LEFT + COLUMN * len(columns) + 0.1, 4.4), COLUMN * len(columns), ROW * len(lines)
    figure = style.new(width, head + tall + foot)
    axes = style.inches(figure, LEFT, foot, wide, tall, gid="panel:scaled")
    _scores(axes, scores, [name for _, name in lines])
    axes.set_xticks(np.arange(len(columns)) + 0.5, [METRICS[metric].label for _, _, metric in columns], rotation=0)
    labels = [methods[name]["label"] if name else "" for _, name in lines]
    axes.set_yticks(np.arange(len(lines)) + 0.5, labels, rotation=0)
    axes.tick_params(length=0, pad=2, labeltop=True, labelbottom=False)
    for y, (label, name) in enumerate(lines):
        if name is None:
            axes.axhspan(y, y + 1, color="white")
            style.note(axes, label, (0, y + 0.5), (-72 * LEFT + 4, 0), SIDE, 6.5, va="center", fontweight="bold")
    each = len(metrics)
    for number, (_, h) in enumerate(settings):
        style.note(axes, f"h = {h}", ((number + 0.5) * each, 1), (0, 11), ABOVE, 6.5, ha="center")
        axes.axvline(number * each, color="white", linewidth=5 if number else 0)
    for name, info in datasets.items():
        at = [number for number, (dataset, _) in enumerate(settings) if dataset == name]
        if at:
            text = style.wrap(info["label"], len(at) * each * COLUMN, 7)[0]
            look = {"ha": "center", "fontweight": "bold", "gid": "panel-title"}
            style.note(axes, text, ((at[0] + at[-1] + 1) / 2 * each, 1), (0, 21), ABOVE, 7, **look)
    style.head(figure, title)
    _key(figure, runs, methods)
    figure.behind = runs
    figure.found = found(means, datasets, methods, settings, metrics)
    return figure


def _scores(axes, scores, names):
    """Draw the scores as colours with numbers; nothing in the lines of headings."""
    import seaborn

    texts = np.vectorize(number)(scores)
    look = {"cmap": "RdBu", "vmin": -1.2, "vmax": 1.2, "linewidths": 0.4, "linecolor": "#D8D8D8", "cbar": False}
    seaborn.heatmap(np.clip(scores, -1, 1), annot=texts, fmt="", annot_kws={"fontsize": 6}, ax=axes, **look)
    for y, x in np.argwhere(np.isnan(scores)):
        if names[y]:
            axes.text(x + 0.5, y + 0.5, "–", ha="center", va="center", fontsize=6, color=style.FAINT)


def number(value):
    """Return a score as it is printed: ``.87``, ``−1.2``, ``1.04↑``."""
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"
    return text.replace("-0.00", "0.00").replace("-", "−") + ("↑" if value > 1.0005 else "")


def _key(figure, runs, methods):
    """Say below the figure what 0 and 1 are."""
    names = [methods[name]["label"] for name in dict.fromkeys(runs["ceiling"]) if name]
    best = f"the best ceiling ({', '.join(names)})" if names else "a reconstruction without error"
    text = f"0: the mean training profile. 1: {best}. Mean over runs; ↑: above 1; –: no run with a value."
    lines = style.wrap(text, figure.get_figwidth() - 0.12, 6)
    style.write(figure, 0.06, 0.05, "\n".join(lines[:4]), va="bottom", fontsize=6, gid="message")


def found(means, datasets, methods, settings, metrics):
    """Say which method that may be ranked is best at each data set and h, by the first metric, and DeepAE's score."""
    parts = []
    for dataset, h in settings:
        best = {}
        for name, entry in methods.items():
            value = means.get((name, dataset, h, metrics[0]), np.nan)
            if competes(entry) and np.isfinite(value):
                best[name] = value
        if best:
            first = max(best, key=best.get)
            own = [name for name in best if _is_deepae(methods[name]) and methods[first]["role"] != "proposed"]
            said = [f"{methods[name]['label']} {number(best[name])}" for name in (first, *own)]
            parts.append(f"{datasets[dataset]['label']}, h = {h}: {' against '.join(said)}")
    return f"Highest scaled {METRICS[metrics[0]].label}, of 1 for the ceiling: {'; '.join(parts)}." if parts else ""


def _is_deepae(entry):
    """Whether a method is DeepAE itself: no preset of the released program, and not at a value of an axis."""
    return entry["role"] == "proposed" and not {"base", "series"} & set(entry)
