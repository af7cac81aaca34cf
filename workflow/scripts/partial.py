import sys

from deepae.io.files import write_text
from deepae.io.scripting import logged
from deepae.report.partial import draw

stderr = sys.stderr
with logged(snakemake.log[0]):
    lines = draw(snakemake.params.blocks, snakemake.params.figures, snakemake.params.out)
    write_text(f"{snakemake.params.out}/README.txt", "\n".join(lines) + "\n")
    print("\n".join(lines), file=stderr)
