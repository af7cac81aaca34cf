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
        clouds=[
            {"stem": Path(item.stem).name, "title": item.title, "models": drawn.params["clouds"]} | drawn.inputs
            for item in figures("figure-8", "figure-s2")
            for drawn in [drawings.drawing(PLAN, ENRICHED, item)]
        ],
        enriched=[
            {"stem": Path(item.stem).name, "title": item.title, "models": drawn.params["datasets"]}
            | {key: drawn.inputs[key] for key in ("key_genes", "tested", "control")}
            for item in figures("figure-9", "figure-s4")
            for drawn in [drawings.drawing(PLAN, ENRICHED, item)]
        ],
        tables={
            kind: files
            for kind, files in AUDITED.items()
            if kind in ("key_genes", "stability", "enrichment", "control")
        }
        | {"neighbourhood": drawings.of_models(PLAN, SAVED_PAIRS, "neighbourhood.tsv")},
        gpml=ENRICHED.pathway_files(),
        datasets=AUDITED_DATASETS,
        methods=captions.methods(PLAN),
        printed=project_file("resources/paper"),
        out=f"{RESULTS}/partial",
    script:
        "../scripts/partial.py"
