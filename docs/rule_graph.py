"""The picture of the rules: ``snakemake --rulegraph | python docs/rule_graph.py | dot -Tsvg > docs/rule-graph.svg``.

Rules that read nearly everything (the home page, provenance, resources, and `all`) are left out. `dot` is
Graphviz, which is no package of the environment.
"""

import re
import sys

LEFT_OUT = ("all", "home", "provenance", "resource_table")


def pruned(text):
    """Return a rule graph in Graphviz' language without `LEFT_OUT`."""
    gone = {number for number, name in re.findall(r'(\d+)\[label = "(\w+)"', text) if name in LEFT_OUT}
    return "\n".join(line for line in text.splitlines() if not gone & set(re.findall(r"\d+", line.split("[")[0])))


if __name__ == "__main__":
    sys.stdout.write(pruned(sys.stdin.read()))
