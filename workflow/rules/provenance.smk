# What the run was, and what each rule cost. Included last: both come after everything else.


rule resource_table:
    input:
        list(TARGETS),
    output:
        report(
            "<results>/tables/resources.tsv",
            caption="../report/resources.rst",
            category="Provenance",
            labels={"table": "Time and memory per rule"},
        ),
    log:
        "<logs>/resource_table.log",
    conda:
        "../../envs/methods.yaml"
    params:
        code=fingerprint("resource_table"),
        benchmarks=f"{RESULTS}/benchmarks",
        logs=f"{RESULTS}/logs",
    script:
        "../scripts/resource_table.py"


rule provenance:
    input:
        targets=list(TARGETS),
        metrics="<results>/tables/metrics.tsv",
        data=[f"<results>/data/{name}.h5ad" for name in PLAN.datasets()],
    output:
        report(
            "<results>/provenance.json",
            caption="../report/provenance.rst",
            category="Provenance",
            labels={"table": "Provenance"},
        ),
    log:
        "<logs>/provenance.log",
    conda:
        "../../envs/methods.yaml"
    params:
        code=fingerprint("provenance"),
        benchmarks=f"{RESULTS}/benchmarks",
        config_files=[paths.from_here(path) for path in workflow.configfiles],
        gene_sets=sorted(ENRICHED.files(*ENRICHED.datasets())),
        metrics=[PLAN.metrics_file(job) for job in PLAN.jobs.values()],
        blocks={name: {"files": PLAN.metrics_files(name)} | PLAN.block_rows(name) for name in PLAN.blocks},
        tables=f"{RESULTS}/tables/blocks",
    script:
        "../scripts/provenance.py"


TARGETS += ["<results>/tables/resources.tsv", "<results>/provenance.json"]
