"""The page that says which compression suits a user's cells."""

from deepae.analysis import recommend
from deepae.io.files import write_text
from deepae.report.pages import rendered

NEEDS = {
    "genes": "h genes",
    "probes": "h probes, each a weighted sum of genes",
    "all": "all genes, since the code is computed from them",
}
SCORES = {"pcc": "correlation (PCC)", "em": "Frobenius error (EM)"}


def write(page, families, curve, dataset, methods):
    """Write the page.

    Parameters
    ----------
    page : path
    families, curve : pandas.DataFrame
        Columns of ``metrics.tsv``: the small contest, and the one over numbers of training cells.
    dataset : dict
        ``label``.
    methods : dict of str to dict
    """
    own = {name: methods[name] for name in dict.fromkeys(families["method"])}
    tables, leads = [], []
    for metric, title in SCORES.items():
        rows = recommend.shares(families, own, metric)
        if rows["share"].isna().all():
            continue
        found = recommend.reached(rows, own)
        best, h = recommend.surely_best(rows)
        names = [own[name]["label"] for name in best]
        tied = f", not told apart from {_listed(names[1:])} by these seeds" if names[1:] else ", on every seed"
        leads.append(f"By {title}, {names[0]} is best at h = {h}{tied}.")
        tables.append({"title": title, "rows": found})
    some = {name: methods[name] for name in dict.fromkeys(curve["method"])}
    context = {
        "title": f"Which compression for {dataset['label']}?",
        "leads": leads,
        "tables": tables,
        "levels": recommend.LEVELS,
        "needs": NEEDS,
        "curve": recommend.training(curve, some, "pcc"),
        "curve_h": ", ".join(map(str, sorted(set(curve["measurements"])))),
        "genes": ", ".join(f"{int(n)}" for n in sorted(set(families["n_genes"].dropna()))),
        "seeds": families["seed"].nunique(),
        "network_seeds": families.loc[
            families["method"].map(lambda name: recommend.family(own[name])) == "networks", "seed"
        ].nunique(),
        "cells": sorted(
            {f"{int(a)} trained, {int(b)} tested" for a, b in families[["n_train", "n_test"]].dropna().to_numpy()}
        ),
        "failed": sorted(
            {f"{own[row.method]['label']}: {row.reason}" for row in families[families["status"] != "ok"].itertuples()}
        ),
    }
    write_text(page, rendered("recommend.html", **context))


def _listed(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
