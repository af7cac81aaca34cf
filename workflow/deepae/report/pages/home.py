"""The home page: the answers first, then figures, tables, glossary and provenance of one run."""

import html
import json
import re
from pathlib import Path

from deepae.audit.answers import answers, headline, of_the_paper
from deepae.audit.asking import Answer, shown_values
from deepae.audit.checks.case import listed, number
from deepae.config.vocabulary import METRICS
from deepae.io.files import write_text
from deepae.report.pages import RULES, dictionary, environment, summary, tables, text_of
from deepae.report.pages.forest import forest

SHOWS = {"figure-2": "pcc", "figure-3": "em", "figure-4": "pcc", "figure-s1": "mae", "figure-s6": "spearman"}
"""The metric of a comparison figure, for the first line of its caption."""
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
    shown = _tables(names, folder)
    context = {
        "title": "DeepAE: does the paper hold?" if of_the_paper(results, printed) else "DeepAE: comparison of methods",
        "headline": headline(found),
        "lead": _lead(results, printed),
        "missing": missing,
        "left_out": left_out,
        "answers": [_answer(item, names, results, shown) for item in found],
        "figures": _figures(names, found, results),
        "tables": shown,
        "files": sorted(name for name in names if re.fullmatch(r"tables/(table|supplement|resources)[^/]*\.tsv", name)),
        "claims_page": "audit/claims.html" if "audit/claims.html" in names else "",
        "glossary": dictionary.glossary(),
        "style": text_of("page.css"),
        "script": text_of("home.js"),
        **_provenance(names),
    }
    drawn = summary.picture(found)
    if drawn:
        write_text(folder / "home/summary.svg", drawn)
    write_text(folder / page, environment().get_template("home.html").render(context))


def _lead(results, printed):
    """Which paper, or which data, in one sentence."""
    names = ", ".join(results.datasets)
    if not of_the_paper(results, printed):
        return f"DeepAE and other methods on {names}."
    return (
        "Does “Uncovering the key dimensions of high-throughput biomolecular data using deep learning” (NAR 2020) "
        f"hold? Computed on {names}."
    )


def _answer(item: Answer, names, results, shown):
    """What the template shows of an answer: plot and links."""
    figure = _figure_name(item.figure, names)
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
        "basis": re.sub(r" \((\S+, ){3,}\S+\)", "", item.basis),  # more than three names stand in answers.tsv
        "limits": "; ".join(item.finding.limits[:3]),
        "plot": plot,
        "opens": ", ".join(opens).capitalize(),
        "links": links,
    }


def _figure_name(wanted, names):
    """The figure of that name in this run, also of another normalisation; its figure where a companion is missing."""
    if not wanted:
        return ""
    stems = [Path(name).stem for name in names if name.startswith("figures/") and name.endswith(".svg")]
    base, end = wanted.removesuffix(COMPANION), COMPANION if wanted.endswith(COMPANION) else ""
    for pattern in (rf"{base}{end}", rf"{base}-(zscore|none|raw){end}", base, rf"{base}-(zscore|none|raw)"):
        for name in stems:
            if re.fullmatch(pattern, name):
                return name
    return ""


def _figures(names, found, results):
    """Title, text and path of each figure, with the answers it shows."""
    drawn = []
    for name, path in names.items():
        if not (name.startswith("figures/") and name.endswith(".svg")):
            continue
        title, note = _texts(path)
        if "Nothing to draw" in note:
            continue
        lines = (
            _written(names, path.stem)
            or _found(path.stem, results)
            or [a.line for a in found if a.chip != "not run" and _figure_name(a.figure, names) == path.stem]
        )
        entry = {"id": path.stem, "path": name, "file": path.name, "title": f"{title or path.stem}."}
        drawn.append(entry | {"found": lines, "note": note, "alt": f"{title or path.stem}. {note}"[:400]})
    return sorted(drawn, key=lambda entry: _order(entry["id"]))


def _written(names, stem):
    """What a figure's own job says it found, in one line, where it says so."""
    path = names.get(f"figures/{stem}.txt")
    return [" ".join(path.read_text(encoding="utf-8").split())] if path else []


def _found(stem, results):
    """What a comparison figure shows, in one line: the best of each kind at one h on each data set."""
    metric = next((m for start, m in SHOWS.items() if re.fullmatch(rf"{start}(-.*)?", stem)), None)
    if metric is None or results.runs() is None:
        return []
    parts, known = [], METRICS[metric]
    means = results.means()[metric].dropna()
    for (normalization, dataset), group in means.groupby(level=["normalization", "dataset"]):
        if normalization == "log1p" or (normalization == "none" and "zscore" in means.index.get_level_values(0)):
            continue
        hs = group.index.get_level_values("measurements")
        h = 50 if 50 in hs else max(hs)
        at = group.xs(h, level="measurements").droplevel([0, 1])
        best = {}
        for name, value in at.items():
            role = _kind(results.methods.get(name, {}), name)
            if role and (role not in best or known.direction * (value - best[role]) > 0):
                best[role] = value
        if "DeepAE" in best:
            shown = ", ".join(f"{role} {number(best[role])}" for role in KINDS if role in best)
            parts.append(f"{dataset}, h = {h}: {shown}")
    return [f"{known.label}: {listed(parts, 3)}."] if parts else []


KINDS = ("DeepAE", "best published baseline", "best with unit norm", "PCA", "mean profile")


def _kind(entry, name):
    """Which of `KINDS` a method is, or none."""
    known = {"deepae": "DeepAE", "pca": "PCA", "mean": "mean profile"}
    baselines = {"paper": "best published baseline", "corrected": "best with unit norm"}
    return known.get(name) or (baselines.get(entry.get("protocol")) if not name.startswith("deepae") else None)


def _order(stem):
    """Figures in the order of the paper, then others; companions behind their figure."""
    match = re.match(r"figure-(s?)(\d+)(.*)", stem)
    return (0, match[1] == "s", int(match[2]), match[3]) if match else (1, False, 0, stem)


def _texts(path):
    """Title and description that a figure of ours holds (see `deepae.figures.style.alternative_text`)."""
    text = path.read_text(encoding="utf-8", errors="replace")[:20000]
    found = [re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("title", "dc:description")]
    return [" ".join(html.unescape(match[1]).split()) if match else "" for match in found]


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
