"""What can be shown of the runs that exist while others are missing: figures and a home page."""

from pathlib import Path

from deepae.analysis.runs import read_metrics
from deepae.analysis.skill import skill_intervals
from deepae.analysis.ttests import ttests
from deepae.analysis.wilcoxon import wilcoxon
from deepae.audit.results import Results
from deepae.benchmark import merge
from deepae.config.outputs import is_comparison
from deepae.figures import comparison, embedding, figure_9
from deepae.io.files import write_tsv
from deepae.report.pages import home


def draw(blocks, figures, out):
    """Merge the tables that exist and draw every configured comparison figure that has a row.

    Parameters
    ----------
    blocks : dict of str to dict
        For each block: ``files`` (paths, whether they exist or not), ``measurements``, ``seeds``.
    figures : list of dict
        Configured figures: ``name``, ``stem`` (file name without suffix), ``block``, ``datasets``, ``methods``.
    out : path
        Directory for ``tables/blocks/*.tsv`` and ``figures/*``.

    Returns
    -------
    list of str
        Lines that say what was drawn and what is missing.
    """
    out = Path(out)
    lines = []
    for name, block in blocks.items():
        there = [path for path in block["files"] if Path(path).exists()]
        table = out / "tables" / "blocks" / f"{name}.tsv"
        merge.merge(there, table, keep=lambda row, b=block: merge.in_block(row, b["measurements"], b["seeds"]))
        lines.append(f"block {name}: {len(there)} of {len(block['files'])} jobs")
        lines += [f"  missing: {path}" for path in block["files"] if path not in there]
    for figure in figures:
        table = out / "tables" / "blocks" / f"{figure['block']}.tsv"
        if not is_comparison(figure["name"]) or len(merge.read_rows(table)) == 0:
            continue
        pictures = [
            [str(out / "figures" / f"{figure['stem']}{end}.{s}") for s in ("svg", "pdf", "png")]
            for end in ("", "-by-method")
        ]
        said = str(out / "figures" / f"{figure['stem']}.rst")
        comparison.make(figure["name"], str(table), figure["datasets"], figure["methods"], *pictures, said)
        lines.append(f"drawn: {pictures[0][0]}")
    return lines


def draw_models(clouds, enriched, gpml, out):
    """Draw the figures of saved models (8, S2; 9, S4) with the data sets whose files exist.

    Parameters
    ----------
    clouds : list of dict
        Figures of embeddings: ``stem``, ``title``, ``models``, and of each model ``embeddings`` and ``tables``.
    enriched : list of dict
        Figures of pathways: ``stem``, ``title``, ``models``, and of each model ``key_genes``, ``tested``, ``control``.
    gpml : list of path
        Pathways at hand.
    out : path
        Directory for ``figures/*``.

    Returns
    -------
    list of str
        Lines that say what was drawn and which data sets are missing in it.
    """
    lines = []
    for kind, figures in (("clouds", clouds), ("pathways", enriched)):
        for figure in figures:
            there, lacking = _of_what_exists(figure)
            if not there["models"]:
                continue
            paths = [Path(out) / "figures" / f"{figure['stem']}.{suffix}" for suffix in ("svg", "pdf", "png")]
            if kind == "clouds":
                embedding.make(there["models"], there["embeddings"], there["tables"], figure["title"], paths)
            else:
                files = [there[key] for key in ("key_genes", "tested", "control")]
                figure_9.make(there["models"], *files, gpml, figure["title"], paths)
            without = f" without {', '.join(lacking)}" if lacking else ""
            lines.append(f"drawn: {paths[0]}{without}")
    return lines


def _of_what_exists(figure):
    """The models of a figure all of whose files exist, with these files; and the data sets of the others."""
    keys = [key for key in figure if key not in ("stem", "title")]
    rows = list(zip(*(figure[key] for key in keys), strict=True))
    is_there = [all(Path(path).exists() for path in row if isinstance(path, str)) for row in rows]
    there = {key: [row[i] for row, good in zip(rows, is_there, strict=True) if good] for i, key in enumerate(keys)}
    models = figure["models"]
    return there, [model["dataset"] for model, good in zip(models, is_there, strict=True) if not good]


def page(blocks, further, out, datasets, methods, printed):
    """Write the home page of the runs that exist, with their tables.

    Parameters
    ----------
    blocks : dict of str to dict
        As for `draw`.
    further : dict of str to list of path
        Tables of codes and key genes by kind, as for `deepae.audit.results.Results`, whether they exist or not.
    out : path
        Directory of ``index.html``; figures that are there are shown.
    datasets, methods : dict
        As for `deepae.audit.results.Results`.
    printed : deepae.audit.claims.Printed

    Returns
    -------
    str
        A line that says where it is.
    """
    out = Path(out)
    files = dict.fromkeys(path for block in blocks.values() for path in block["files"])
    there = [path for path in files if Path(path).exists()]
    tables = {name: out / "tables" / f"{name}.tsv" for name in ("metrics", "ttests", "wilcoxon", "skill")}
    merge.merge(there, tables["metrics"])
    known = {}
    if len(merge.read_rows(tables["metrics"])):
        metrics = read_metrics(tables["metrics"], methods)
        write_tsv(tables["ttests"], ttests(metrics, methods=methods))
        write_tsv(tables["wilcoxon"], wilcoxon(metrics, methods=methods))
        write_tsv(tables["skill"], skill_intervals(metrics, methods))
        known = {name: [path] for name, path in tables.items()}
    known |= {kind: [path for path in paths if Path(path).exists()] for kind, paths in further.items()}
    missing = f"{len(files) - len(there)} of {len(files)} tables of runs are missing; this page is made of the others."
    results = Results(known, out, datasets, methods)
    home.write(results, printed, [path for path in out.rglob("*") if path.is_file()], out, missing=missing)
    return f"home page: {out / 'index.html'}"
