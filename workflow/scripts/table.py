from deepae.config.outputs import TABLES
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.tables import comparison, contest, data, sources, tests, typeset

MODULES = {"comparison": comparison, "contest": contest, "data": data, "tests": tests}

with logged(snakemake.log[0]):
    name, methods = snakemake.params.table, snakemake.params.methods
    module, function = TABLES[name].painter.split(":")
    source, datasets = sources.read(TABLES[name].needs, snakemake.input, snakemake.params)
    frame = typeset.noted(
        getattr(MODULES[module], function)(source, methods, datasets=datasets), snakemake.params.banner
    )
    write_tsv(snakemake.output.tsv, frame)
    write_text(snakemake.output.html, typeset.page(name, frame, methods))
