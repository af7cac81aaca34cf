import sys

from deepae.audit.claims import Printed
from deepae.io.files import write_text
from deepae.io.scripting import logged
from deepae.report.partial import draw, draw_models, page

stderr = sys.stderr
with logged(snakemake.log[0]):
    params = snakemake.params
    lines = draw(params.blocks, params.figures, params.out)
    lines += draw_models(params.clouds, params.enriched, params.gpml, params.out)
    printed = Printed(params.printed)
    lines.append(page(params.blocks, params.tables, params.out, dict(params.datasets), dict(params.methods), printed))
    write_text(f"{params.out}/README.txt", "\n".join(lines) + "\n")
    print("\n".join(lines), file=stderr)
