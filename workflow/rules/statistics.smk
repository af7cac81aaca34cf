# Statistics over seeds, data sets and cells, and the tables of the paper: each as TSV and typeset.


rule statistics:
    input:
        metrics=rules.merge.output[0],
        cells=[f"<results>/metrics/{job.stem}.cells.npz" for job in PLAN.jobs.values()],
        trained=[f"<results>/metrics/{job.stem}.encoder.npz" for job in PLAN.jobs.values() if job.measurements],
    output:
        ttests=report(
            "<results>/tables/ttests.tsv",
            caption="../report/ttests.rst",
            category="Tables",
            labels={"table": "t-tests over seeds, all", "shows": "Student, Welch, paired, intervals, adjusted p"},
        ),
        wilcoxon=report(
            "<results>/tables/wilcoxon.tsv",
            caption="../report/wilcoxon.rst",
            category="Tables",
            labels={"table": "Wilcoxon signed rank over data sets", "shows": "differences, log ratios, p"},
        ),
        skill=report(
            "<results>/tables/skill.tsv",
            caption="../report/skill.rst",
            category="Tables",
            labels={"table": "Skill over the mean profile", "shows": "MSE, PCC, intervals over seeds"},
        ),
        bootstrap=report(
            "<results>/tables/skill-bootstrap.tsv",
            caption="../report/skill.rst",
            category="Tables",
            labels={
                "table": "Skill over the mean profile, cells drawn again",
                "shows": "bootstrap, intervals over cells",
            },
        ),
        overfitting="<results>/tables/overfitting.tsv",
    log:
        "<logs>/statistics.log",
    benchmark:
        "<benchmarks>/statistics.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        jobs=[(job.dataset, job.normalization, job.method) for job in PLAN.jobs.values()],
        trained=[job.key for job in PLAN.jobs.values() if job.measurements],
        methods=captions.methods(PLAN),
        cells=PLAN.complete_cells(),
        code=fingerprint("statistics"),
    script:
        "../scripts/statistics.py"


TARGETS += [*rules.statistics.output]


# Rules table_1, table_2, table_3, table_s1, table_s2, table_s3, table_s4 (and table_3_raw for a variant).
for item in tables(*outputs.TABLES):

    rule:
        name:
            item.rule_name
        input:
            {
                "block": item.table,
                "cells": [item.table, *drawings.cells_of(PLAN, item)],
                "tests": rules.statistics.output.ttests,
                "data": [f"<results>/data/{name}.h5ad" for name in item.datasets],
            }[outputs.TABLES[item.name].needs],
        output:
            tsv=f"{item.stem}.tsv",
            html=report(f"{item.stem}.html", caption=item.caption, category="Tables", labels=item.labels),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/statistics.yaml"
        params:
            table=item.name,
            methods=item.methods,
            datasets=item.datasets,
            jobs=drawings.keys_of(PLAN, item),
            entries=captions.table_1(PLAN, item.datasets),
            normalization=item.normalization,
            banner=PLAN.banner,
            code=fingerprint("table"),
        script:
            "../scripts/table.py"

    TARGETS += [f"{item.stem}.tsv", f"{item.stem}.html"]
