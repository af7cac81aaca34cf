from pathlib import Path

from deepae.audit import page, table
from deepae.audit.checks import CHECKS
from deepae.audit.claims import Printed, load_claims
from deepae.audit.results import KINDS, Results
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    paths = {kind: snakemake.input.get(kind, []) for kind in KINDS}
    files = {kind: [found] if isinstance(found, str) else list(found) for kind, found in paths.items()}
    datasets, methods = snakemake.params.datasets, snakemake.params.methods
    results = Results(files, snakemake.params.results, datasets, methods)
    claims = load_claims(snakemake.input.claims, CHECKS)
    judgements = table.judge(claims, results, Printed(Path(snakemake.input.printed[0]).parent))
    write_tsv(snakemake.output.tsv, table.frame(judgements))
    write_text(snakemake.output.html, page.render(judgements, results))
    log(f"{len(claims)} claims, {len(judgements)} verdicts")
