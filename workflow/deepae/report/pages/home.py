"""The home page: the answers first, then figures, tables, glossary and provenance of one run."""

import json
import re
from pathlib import Path

from deepae.audit.answers import answers, of_the_paper
from deepae.audit.asking import Answer, shown_values
from deepae.audit.headline import headline
from deepae.config.outputs import FIGURES
from deepae.config.vocabulary import NORMALIZATIONS
from deepae.io.files import write_text
from deepae.report.pages import RULES, described, dictionary, rendered, summary, tables
from deepae.report.pages.forest import forest

HOW = {
    "comparison": "Baselines as published are open, with unit-norm decoding filled; lines are controls.",
    "figure_5": "Rows are genes and columns cells, in the order of the original.",
    "embedding": "Coloured by label or by clusters of the original. Distances in t-SNE mean little; the numbers count.",
    "figure_9": "Yellow: key genes of the named dimension.",
    "figure_s3": "A dot is a term that a dimension's key genes share.",
    "figure_s7": "Cells in the order of the original.",
    "stability": "A dot is a pair of seeds; open marks are what chance, the cells' labels or untrained networks give.",
    "scaled": "0 is the mean training profile, 1 the best ceiling.",
    "ablation": "Each row changes one thing.",
}
"""How a figure is read, by its painter."""
COMPANION = "-by-method"  # what a companion adds to the name of its figure


def write(results, printed, files, folder, page="index.html", missing="", left_out=()):
    """Write the home page of a run and the data of its tables.

    Parameters
    ----------
    results : deepae.audit.results.Results
    printed : deepae.audit.claims.Printed
    files : list of path
        What the run made: figures (SVG), tables, the claims page, ``provenance.json``. Nothing else is linked.
    folder : path
        The results' folder; ``index.html`` and ``home/*.js`` are written below it.
    missing : str
        What a partial run lacks, in one sentence.
    left_out : sequence of str
        Figures that the configuration names and the data do not allow, a sentence each.
    """
    folder = Path(folder)
    files = [Path(file) for file in files if Path(file).exists()]
    names = {str(file.relative_to(folder)): file for file in files if file.is_relative_to(folder)}
    found = answers(results, printed)
    shown, figures = _tables(names, folder), _figures(names)
    context = {
        "title": "DeepAE: does the paper hold?" if of_the_paper(results, printed) else "DeepAE: comparison of methods",
        "headline": headline(found),
        "lead": _lead(results, printed),
        "missing": missing,
        "left_out": left_out,
        "answers": [_answer(item, names, results, shown, _linked(item, figures)) for item in found],
        "figures": figures,
        "tables": shown,
        "files": sorted(name for name in names if re.fullmatch(r"tables/(table|supplement|resources)[^/]*\.tsv", name)),
        "claims_page": "audit/claims.html" if "audit/claims.html" in names else "",
        "glossary": dictionary.glossary(),
        **_provenance(names),
    }
    drawn = summary.picture(found)
    if drawn:
        write_text(folder / "home/summary.svg", drawn)
    write_text(folder / page, rendered("home.html", "home.js", **context))


def _lead(results, printed):
    """Which paper, or which data, in one sentence."""
    names = ", ".join(results.datasets)
    if not of_the_paper(results, printed):
        return f"DeepAE and other methods on {names}."
    return (
        "Does “Uncovering the key dimensions of high-throughput biomolecular data using deep learning” (NAR 2020) "
        f"hold? Computed on {names}."
    )


def _answer(item: Answer, names, results, shown, figure):
    """What the template shows of an answer: plot and links."""
    links = [{"href": f"#{figure}", "text": "figure"}] if figure else []
    data = [file for file, _ in item.finding.rows if file in names and any(t["path"] == file for t in shown)]
    if data:
        links.append({"href": data[0], "text": "numbers", "title": f"{data[0]}, rule {RULES.get(data[0], 'audit')}"})
    links += [{"href": f"#word-{item.method}", "text": "method"}] if item.method else []
    plot = forest(
        shown_values(item.finding.values),
        lambda name: results.label(name).partition(" (")[0],
        item.finding.mark,
        item.mark,
    )
    opens = ["plot"] if plot else []
    opens += [link["text"] for link in links if not (plot and link["text"] == "figure")]
    return {
        "id": item.id,
        "question": item.question,
        "chip": item.chip,
        "line": item.line,
        "basis": re.sub(r"^1 data set \((\S+)\)", r"\1", re.sub(r" \(\S+(, \S+)+\)", "", item.basis)),
        "limits": "; ".join(item.finding.limits[:3]),
        "plot": plot,
        "opens": ", ".join(opens).capitalize(),
        "links": links,
    }


def _linked(item: Answer, figures):
    """The anchor of the figure that an answer names: of the answer's normalisation, where there are several."""
    own = [figure for figure in figures if re.fullmatch(rf"{item.figure}(-.*)?", figure["id"])]
    values = [kind.label for kind in NORMALIZATIONS.values() if kind.plural in item.finding.notes]
    fitting = [figure for figure in own if any(value in figure["title"] for value in values)]
    return next((figure["id"] for figure in [*fitting, *own] if item.figure), "")


def _figures(names):
    """Title, text and paths of each figure; a comparison is shown by method, and its layout of the paper linked."""
    drawn = []
    for name, path in names.items():
        stem = path.stem
        if not (name.startswith("figures/") and name.endswith(".svg")) or f"figures/{stem}{COMPANION}.svg" in names:
            continue
        title, note = described(path.read_text(encoding="utf-8", errors="replace")[:20000])
        if "Nothing to draw" in note:
            continue
        own, said = stem.removesuffix(COMPANION), ""
        if f"figures/{own}.rst" in names:
            said = re.sub(r"\\(.)", r"\1", names[f"figures/{own}.rst"].read_text(encoding="utf-8")).strip()
        files = [file for file in (name, f"figures/{own}.svg", f"figures/{own}.tsv") if file in names]
        entry = {
            "id": stem,
            "path": name,
            "files": list(dict.fromkeys(files)),
            "title": (title or stem).rstrip("?") + ("?" if title.endswith("?") else "."),
        }
        drawn.append(entry | {"found": said, "how": _how(own), "alt": f"{title or stem}. {note}"[:400]})
    return sorted(drawn, key=lambda entry: _order(entry["id"]))


def _how(stem):
    """How a figure is read, in a sentence."""
    name = max((name for name in FIGURES if re.fullmatch(rf"{name}(-.*)?", stem)), key=len, default="")
    return HOW.get(FIGURES[name].painter.partition(":")[0] if name else "", "")


def _order(stem):
    """Figures in the order of the paper, then others; companions behind their figure."""
    match = re.match(r"figure-(s?)(\d+)(.*)", stem)
    return (0, match[1] == "s", int(match[2]), match[3]) if match else (1, False, 0, stem)


def _tables(names, folder):
    """Write the data of each table that exists; return its title and paths."""
    shown = []
    for key, (path, title, _) in tables.TABLES.items():
        several = {
            "enrichment": r"enrichment/[^/]+/summary\.tsv",
            "control": r"enrichment/[^/]+/control\.tsv",
            "stability": r"interpretation/[^/]+/stability\.tsv",
        }
        pattern = several.get(key, re.escape(path))
        files = [name for name in names if re.fullmatch(pattern, name)]
        if not files:
            continue
        frame = tables.read([names[name] for name in files])
        if frame.empty:
            continue
        data = f"home/{key}.js"
        known = dictionary.columns_of(files[0]) or {}
        write_text(folder / data, tables.script(key, frame, {name: entry[2] for name, entry in known.items()}))
        shown.append({"id": key, "title": title, "data": data, "path": files[0]})
    return shown


def _provenance(names):
    """One line, and all of it as text."""
    if "provenance.json" not in names:
        return {"provenance_line": "No provenance yet: it is written last.", "provenance": ""}
    known = json.loads(names["provenance.json"].read_text(encoding="utf-8"))
    code, runs = known.get("code") or {}, known.get("runs") or {}
    commit = (code.get("commit") or "unknown")[:7] + (" with changes" if code.get("dirty") else "")
    failed = f", {runs['failed']} of them failed" if runs.get("failed") else ""
    line = f"{runs.get('rows', 0)} runs{failed}, {known.get('written', '')[:10]}, code {commit}."
    short = {key: known[key] for key in ("command", "code", "machine", "packages", "config") if key in known}
    return {"provenance_line": line, "provenance": json.dumps(short, indent=1, ensure_ascii=False)}
