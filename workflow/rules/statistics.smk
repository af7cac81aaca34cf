# Statistics over seeds, data sets and cells, and the tables of the paper: each as TSV and typeset.


rule statistics:
    input:
        metrics=rules.merge.output[0],
        cells=[f"{RESULTS}/metrics/{job.stem}.cells.npz" for job in PLAN.jobs.values()],
    output:
        ttests=report(
            f"{RESULTS}/tables/ttests.tsv",
            caption="../report/ttests.rst",
            category="Tables",
            labels={"table": "t-tests, all"},
        ),
        wilcoxon=f"{RESULTS}/tables/wilcoxon.tsv",
        skill=f"{RESULTS}/tables/skill.tsv",
        bootstrap=f"{RESULTS}/tables/skill-bootstrap.tsv",
    log:
        f"{RESULTS}/logs/statistics.log",
    benchmark:
        f"{RESULTS}/benchmarks/statistics.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        jobs=json.dumps([[job.dataset, job.normalization, job.method] for job in PLAN.jobs.values()]),
        iterations=full_training(),
        code=fingerprint("statistics"),
    script:
        "../scripts/statistics.py"


TARGETS += [*rules.statistics.output]


for item in tables("table-1"):

    rule:
        name:
            item.rule_name
        input:
            [f"{RESULTS}/data/{name}.h5ad" for name in table_datasets(item)],
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-1.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            entries=table_entries(item),
            code=fingerprint("table_1"),
        script:
            "../scripts/table_1.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-2"):

    rule:
        name:
            item.rule_name
        input:
            [f"{RESULTS}/data/{name}.h5ad" for name in table_datasets(item)],
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-2.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/train.yaml"
        params:
            code=fingerprint("table_2"),
        script:
            "../scripts/table_2.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-3"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-3.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            methods=item.methods,
            datasets=item.datasets,
            code=fingerprint("table_3"),
        script:
            "../scripts/table_3.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-s1"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-s1.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            methods=item.methods,
            datasets=item.datasets,
            code=fingerprint("table_s1"),
        script:
            "../scripts/table_s1.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-s2"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-s2.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            methods=item.methods,
            datasets=item.datasets,
            code=fingerprint("table_s2"),
        script:
            "../scripts/table_s2.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-s3"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-s3.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            methods=item.methods,
            datasets=item.datasets,
            code=fingerprint("table_s3"),
        script:
            "../scripts/table_s3.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]


for item in tables("table-s4"):

    rule:
        name:
            item.rule_name
        input:
            rules.statistics.output.ttests,
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption="../report/table-s4.rst", category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            methods=item.methods,
            datasets=item.datasets,
            normalization=item.normalization,
            code=fingerprint("table_s4"),
        script:
            "../scripts/table_s4.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]
