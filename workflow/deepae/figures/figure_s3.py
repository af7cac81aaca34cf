"""Figure S3: the GO terms of every key dimension as a dot plot, terms x dimensions."""

import textwrap

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.lines import Line2D

from deepae.figures import style

TERMS, ROWS = 30, 90
"""First terms of each dimension; fewer where all together would be more than so many rows."""
CUTOFF = 0.01
BACKGROUND = "measured"
"""The background of the terms that are drawn."""
NAMES, COLUMN, LINE, NEXT = 3.5, 0.32, 0.125, 0.055
"""Inches: width of the names, width of a dimension, height of a name of one line, what another line adds."""
LETTERS = 78
"""Letters in a line of a name; longer names take two lines."""
COLOURS = LinearSegmentedColormap.from_list("p", ["#9CC3E0", "#2F78B3", "#08306B"])
AREA = 95.0
"""Area in square points of a term whose genes are all key genes."""


def ordered(tables):
    """Return the rows of each dimension that are of `BACKGROUND`, the lowest adjusted P first.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        dimension-<k>.go.tsv, in order.

    Returns
    -------
    list of pandas.DataFrame
    """
    by = ["p_adjusted", "p", "genes_in_query", "term_id"]
    chosen = [table[table["background"] == BACKGROUND] for table in tables]
    return [rows.sort_values(by, ascending=[True, True, False, True]).reset_index(drop=True) for rows in chosen]


def reason(row):
    """Return why a dimension has no terms, from its row of summary.tsv."""
    if row["reason"]:
        return row["reason"]
    return f"lowest adjusted P {row['lowest_p_adjusted']:.2g}, {row['lowest_term']}"


def dots(tables):
    """Return one row for each term and dimension that is drawn, in the order of the axis; and the terms a dimension.

    A term that is among the first of one dimension is drawn for every dimension that has it in its table. Of each
    dimension as many first terms are taken as `ROWS` rows allow.
    """
    for most in range(TERMS, 0, -1):
        order = list(dict.fromkeys(term for table in tables for term in table["term_id"].head(most)))
        if len(order) <= ROWS:
            break
    parts = [table.assign(dimension=k) for k, table in enumerate(tables, start=1) if len(table)]
    if not parts:
        return pd.DataFrame(columns=["term_id", "dimension"]), most
    rows = pd.concat(parts, ignore_index=True)
    place = {term: number for number, term in enumerate(order)}
    rows = rows[rows["term_id"].isin(place)].assign(row=rows["term_id"].map(place))
    return rows.sort_values(["row", "dimension"], kind="stable"), most


@style.house
def draw(sections):
    """Draw one dot plot a data set.

    Parameters
    ----------
    sections : list of dict
        `label`, `note`; `tables`, from `ordered`; `counts`, the enriched terms of each dimension; `reasons`, why a
        dimension has none; `control`, the 95 % quantile of relabelled genes or NaN.

    Returns
    -------
    matplotlib.figure.Figure
        Dots: colour is the adjusted P, area the share of the term's genes that are key genes.
    """
    width = style.TWO_COLUMNS
    chosen = [dots(section["tables"]) for section in sections]
    names = [_names(rows) for rows, _ in chosen]
    heights = [_height(section, labels) for section, labels in zip(sections, names, strict=True)]
    head = 0.62
    height = head + sum(heights)
    figure = style.new(width, height)
    style.head(figure, "Figure S3 · GO biological processes of the key genes, terms x key dimensions", size=8)
    drawn = [rows["p_adjusted"].min() for rows, _ in chosen if len(rows)]
    norm = Normalize(2.0, float(np.clip(-np.log10(max(min(drawn), 1e-30)), 3, 30)) if drawn else 3.0)
    if drawn:
        _key(figure, norm)
    y = height - head
    for section, (rows, most), labels, tall in zip(sections, chosen, names, heights, strict=True):
        _section(figure, section, rows, most, labels, norm, y)
        y -= tall
    figure.found = found(sections)
    return figure


def found(sections):
    """Say in words how many terms were found, in how many dimensions."""
    parts = []
    for section in sections:
        total, some = sum(section["counts"]), sum(count > 0 for count in section["counts"])
        text = f"{section['label']}: {total} in {some} of {len(section['counts'])} dimensions"
        if some:
            beyond = sum(c > limit for c, limit in zip(section["counts"], section["control"], strict=True))
            text += f", {beyond} of which have more than 95 % of the draws with relabelled genes"
        parts.append(text)
    return f"Enriched GO terms. {'; '.join(parts)}." if parts else "No data set has key genes."


def _names(rows):
    """Return the whole names of the terms in the order of the rows, in lines."""
    terms = rows.drop_duplicates("term_id") if len(rows) else rows
    return ["\n".join(textwrap.wrap(name, LETTERS)) for name in terms.get("term", [])]


def _line(labels):
    """Return the height of a row: that of the name with the most lines."""
    return LINE + NEXT * max(name.count("\n") for name in labels)


def _height(section, labels):
    body = len(labels) * _line(labels) if labels else 0.115 * len(section["reasons"])
    return 0.2 + 0.46 + body + 0.2


def _section(figure, section, rows, most, labels, norm, y):
    name = style.joined(section["label"], section.get("note"))
    if rows["term_id"].nunique() and max(section["counts"]) > most:
        name += f"{style.DOT}the first {most} terms of each dimension"
    style.write(figure, 0.06, y, name, va="top", fontsize=7.5, gid="row-title", parse_math=False)
    y -= 0.2 + 0.46
    if not labels:
        _nothing(figure, section, y + 0.3)
        return
    tall = len(labels) * _line(labels)
    dimensions = len(section["counts"])
    axes = style.inches(figure, 0.1 + NAMES, y - tall, COLUMN * dimensions, tall, gid="dots")
    _dotplot(axes, rows, dimensions, norm)
    axes.set_yticks(range(len(labels)), labels, fontsize=6, parse_math=False, linespacing=0.95)
    axes.set(xlim=(-0.6, dimensions - 0.4), ylim=(len(labels) - 0.5, -0.5), xlabel="", ylabel="", title="")
    axes.grid(color="#EBEBEB", linewidth=0.5)
    axes.tick_params(axis="both", length=0, pad=3, labelsize=6)
    axes.xaxis.tick_top()
    limits = ["" if np.isnan(limit) else f"{limit:.0f}" for limit in section["control"]]
    numbers = zip(section["counts"], limits, strict=True)
    heads = [f"{k}\n{count}\n{limit}" for k, (count, limit) in enumerate(numbers, start=1)]
    axes.set_xticks(range(dimensions), heads, fontsize=6, linespacing=1.15)
    text = "dimension\nenriched terms\n95 % of draws, genes relabelled: at most"
    style.note(axes, text, (0, 1), (-3, 3), ha="right", va="bottom", linespacing=1.15, gid="panel-note")


def _dotplot(axes, rows, dimensions, norm):
    """Draw gseapy's dot plot into `axes`; its legends, made for a figure of its own, give way to one for all."""
    import gseapy

    table = pd.DataFrame(
        {
            "Term": rows["term_id"],
            "dimension": [f"d{k}" for k in rows["dimension"]],
            "Adjusted P-value": rows["p_adjusted"],
            "Overlap": [f"{a}/{b}" for a, b in zip(rows["genes_in_query"], rows["genes_in_term"], strict=True)],
        }
    )
    others = list(axes.figure.axes)
    gseapy.dotplot(
        table,
        x="dimension",
        x_order=[f"d{k}" for k in range(1, dimensions + 1)],
        y_order=list(dict.fromkeys(table["Term"])),
        cutoff=1.0,
        top_term=len(table),
        size=float(np.sqrt(AREA)) / matplotlib.rcParams["lines.markersize"],
        cmap=COLOURS,
        ax=axes,
    )
    axes.get_legend().remove()
    for extra in [item for item in axes.figure.axes if item not in others]:
        extra.remove()
    for scatter in axes.collections:
        scatter.set_norm(norm)


def _nothing(figure, section, y):
    """Say for each dimension why it has no term."""
    for k, why in enumerate(section["reasons"], start=1):
        text = style.wrap(f"dimension {k}: no term at adjusted P <= {CUTOFF}; {why}", style.TWO_COLUMNS - 0.3, 6)[0]
        style.write(figure, 0.15, y - 0.115 * (k - 1), text, va="top", fontsize=6, gid="message")


def _key(figure, norm):
    width, height = figure.get_size_inches()
    axes = style.inches(figure, width - 1.7, height - 0.42, 1.5, 0.08)
    bar = figure.colorbar(ScalarMappable(norm, COLOURS), cax=axes, orientation="horizontal")
    bar.set_label("−log10 adjusted P", fontsize=6.5, labelpad=1)
    bar.ax.tick_params(labelsize=6, length=2, pad=1)
    bar.outline.set_linewidth(0.4)
    shares = (0.25, 0.5, 1.0)
    handles = [
        Line2D([], [], marker="o", linestyle="", color="#777777", markersize=np.sqrt(AREA * share), markeredgewidth=0)
        for share in shares
    ]
    legend = figure.legend(
        handles, [f"{share:.0%}" for share in shares], loc="upper right", ncols=3, columnspacing=0.8,
        bbox_to_anchor=(1 - 1.9 / width, 1 - 0.26 / height), borderaxespad=0, handletextpad=0.2,
        title="of the term's measured genes are key genes", title_fontsize=6,
    )  # fmt: skip
    legend.set_gid("legend")
