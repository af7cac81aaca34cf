# What exists so far, while runs of the grid are missing: `snakemake partial`. It has no input and no output, so that it runs
# whenever it is asked for and never starts a job of the grid.


rule partial:
    log:
        "<logs>/partial.log",
    conda:
        "../../envs/figures.yaml"
    params:
        code=fingerprint("partial"),
        blocks={name: {"files": PLAN.metrics_files(name)} | PLAN.block_rows(name) for name in PLAN.blocks},
        figures=[
            {
                "name": item.name,
                "stem": Path(item.stem).name,
                "block": item.block,
                "datasets": item.datasets,
                "methods": item.methods,
            }
            for item in figures(*outputs.FIGURES)
            if item.block
        ],
        datasets=AUDITED_DATASETS,
        methods=captions.methods(PLAN),
        printed=project_file("resources/paper"),
        out=f"{RESULTS}/partial",
    script:
        "../scripts/partial.py"
