# What the run was, and what each rule cost. Included last: both come after everything else.


rule resource_table:
    input:
        list(TARGETS),
    output:
        report(
            f"{RESULTS}/tables/resources.tsv",
            caption="../report/resources.rst",
            category="Provenance",
            labels={"table": "Time and memory per rule"},
        ),
    log:
        f"{RESULTS}/logs/resource_table.log",
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
        metrics=f"{RESULTS}/tables/metrics.tsv",
        data=[f"{RESULTS}/data/{name}.h5ad" for name in grid_datasets()],
    output:
        report(
            f"{RESULTS}/provenance.json",
            caption="../report/provenance.rst",
            category="Provenance",
            labels={"table": "Provenance"},
        ),
    log:
        f"{RESULTS}/logs/provenance.log",
    conda:
        "../../envs/methods.yaml"
    params:
        code=fingerprint("provenance"),
        benchmarks=f"{RESULTS}/benchmarks",
        config_files=" ".join(str(path) for path in workflow.configfiles),
        gene_sets=" ".join(
            sorted(
                {geneset_file(name) for dataset in enriched_datasets() for name in libraries(dataset).values() if name}
            )
        ),
        root=str(ROOT),
        metrics=json.dumps([metrics_file(job) for job in PLAN.jobs.values()]),
        blocks=blocks_text(),
        tables=f"{RESULTS}/tables/blocks",
    script:
        "../scripts/provenance.py"


TARGETS += [f"{RESULTS}/tables/resources.tsv", f"{RESULTS}/provenance.json"]
