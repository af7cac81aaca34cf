"""What can be drawn from the runs that exist while others are missing: rows of the blocks, comparison figures."""

from pathlib import Path

from deepae.benchmark import merge
from deepae.config.outputs import is_comparison
from deepae.figures import comparison


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
        comparison.make(figure["name"], str(table), figure["datasets"], figure["methods"], *pictures)
        lines.append(f"drawn: {pictures[0][0]}")
    return lines
