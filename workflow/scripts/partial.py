import json
import sys

from deepae.files import write_text
from deepae.partial import draw
from deepae.scripting import logged

stderr = sys.stderr
with logged(snakemake.log[0]):
    lines = draw(json.loads(snakemake.params.blocks), json.loads(snakemake.params.figures), snakemake.params.out)
    write_text(f"{snakemake.params.out}/README.txt", "\n".join(lines) + "\n")
    print("\n".join(lines), file=stderr)
