"""The data dictionary and the glossary: read from their YAML, shown on the home page, written as pages of docs/.

``python -m deepae.report.pages.dictionary`` writes docs/tables.md and docs/glossary.md.
"""

import re

import yaml

from deepae.io.files import write_text
from deepae.report.pages import HERE

DOCS = HERE.parents[3] / "docs"


def tables():
    """Return the tables in order: path (or paths), what it says, and for each column unit, range, meaning."""
    known = yaml.safe_load((HERE / "columns.yaml").read_text(encoding="utf-8"))
    found = []
    for table in known["tables"]:
        columns = {
            name: known["common"][name] if entry == "common" else entry for name, entry in table["columns"].items()
        }
        found.append({"path": table["path"], "says": table["says"], "columns": columns})
    return found


def columns_of(path):
    """Return the columns of a table of a run, e.g. ``enrichment/GSE102475/summary.tsv``; None if it is not known."""
    for variant in ("", r"(-[a-z0-9]+)+"):  # a table's own name goes before a variant of another
        for table in tables():
            first, *others = table["path"].split(", ")
            folder = first.rpartition("/")[0]
            names = [first]
            for other in others:  # another file of the folder, or another ending of the same
                names.append(re.sub(r"\.\w+\.tsv$", other, first) if other.startswith(".") else f"{folder}/{other}")
            for name in names:
                pattern = re.escape(name).replace("<dataset>", "[^/]+").replace("<k>", r"\d+")
                if re.fullmatch(pattern.replace(r"\.tsv", rf"{variant}\.tsv"), path):
                    return table["columns"]
    return None


def glossary():
    """Return the words of the glossary: id, term, text."""
    return yaml.safe_load((HERE / "glossary.yaml").read_text(encoding="utf-8"))


def glossary_page():
    """Return docs/glossary.md."""
    head = "# Glossary\n\nThe words of pages, figures and tables, as the home page of a report explains them.\n\n"
    return head + "\n".join(f"- **{word['term']}**: {word['text']}" for word in glossary()) + "\n"


def tables_page():
    """Return docs/tables.md."""
    parts = [
        "# The tables\n\nEvery table of a run, tab separated, numbers in full; paths are below the results' folder. "
        "An empty field means that a value does not apply or is undefined, and `reason` says why.\n"
    ]
    for table in tables():
        parts.append(f"\n## {table['path'].replace('<', '‹').replace('>', '›')}\n\n{table['says']}\n\n")
        parts.append("| column | unit | range | meaning |\n| --- | --- | --- | --- |\n")
        for name, (unit, span, meaning) in table["columns"].items():
            parts.append(f"| `{name}` | {unit} | {span} | {meaning} |\n")
    return "".join(parts)


if __name__ == "__main__":
    write_text(DOCS / "glossary.md", glossary_page())
    write_text(DOCS / "tables.md", tables_page())
