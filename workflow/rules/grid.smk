# The grid: ingest, factorise, evaluate, train, merge.


rule ingest:
    input:
        files=dataset_files,
        gene_tables=lambda wildcards: ingest_tables(wildcards.dataset),
    output:
        "<results>/data/{dataset}.h5ad",
    log:
        "<logs>/ingest/{dataset}.log",
    benchmark:
        "<benchmarks>/ingest/{dataset}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=memory_of("ingest"),
        runtime=minutes_of("ingest"),
    params:
        entry=lambda wildcards: catalogue.content(CATALOGUE[wildcards.dataset]),
        code=lambda wildcards: fingerprint("ingest", readers=[CATALOGUE[wildcards.dataset]["reader"]["layout"]]),
    script:
        "../scripts/ingest.py"


rule factorise:
    input:
        data=rules.ingest.output[0],
    output:
        "<results>/dictionaries/{dataset}/{normalization}/{method}.npz",
    log:
        "<logs>/factorise/{dataset}/{normalization}/{method}.log",
    benchmark:
        "<benchmarks>/factorise/{dataset}/{normalization}/{method}.tsv"
    conda:
        "../../envs/methods.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    resources:
        mem_mb=memory_of("factorise"),
        runtime=minutes_of("factorise"),
    params:
        seeds=dictionary_seeds,
        entry=lambda wildcards: entry_of(wildcards.method),
        settings=settings("split"),
        code=lambda wildcards: fingerprint("factorise", methods=[implementation(wildcards.method)]),
    script:
        "../scripts/factorise.py"


rule evaluate:
    input:
        data=rules.ingest.output[0],
        dictionary=lambda wildcards: PLAN.dictionary_files(job_of(wildcards)),
    output:
        metrics="<results>/metrics/{dataset}/{normalization}/{method}.tsv",
        cells="<results>/metrics/{dataset}/{normalization}/{method}.cells.npz",
    log:
        "<logs>/evaluate/{dataset}/{normalization}/{method}.log",
    benchmark:
        "<benchmarks>/evaluate/{dataset}/{normalization}/{method}.tsv"
    conda:
        "../../envs/methods.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    resources:
        mem_mb=memory_of("evaluate"),
        runtime=minutes_of("evaluate"),
    params:
        runs=lambda wildcards: job_of(wildcards).seeds_of_h,
        entry=lambda wildcards: entry_of(wildcards.method),
        settings=settings("split", "spearman_values", "further_metrics"),
        code=lambda wildcards: fingerprint("evaluate", methods=[implementation(wildcards.method)]),
    script:
        "../scripts/evaluate.py"


rule train:
    input:
        data=lambda wildcards: f"<results>/data/{job_of(wildcards).dataset}.h5ad",
        fits=lambda wildcards: PLAN.fits_folders(job_of(wildcards)),
    output:
        metrics="<results>/metrics/{job}.tsv",
        cells="<results>/metrics/{job}.cells.npz",
        encoder="<results>/metrics/{job}.encoder.npz",
    log:
        "<logs>/train/{job}.log",
    benchmark:
        "<benchmarks>/train/{job}.tsv"
    wildcard_constraints:
        job="[^/]+/[^/]+/[^/]+/h[0-9]+",
    priority: 10  # the longest jobs begin first
    conda:
        "../../envs/train.yaml"
    threads: CONFIG.get("threads", {}).get("train", 1)
    resources:
        gpu=GPU,
        mem_mb=memory_of("train"),
        runtime=minutes_of("train"),
    params:
        run=lambda wildcards: job_of(wildcards).run,
        entry=lambda wildcards: entry_of(job_of(wildcards).method),
        settings=settings("split", "spearman_values", "further_metrics", "precision", "block_rows"),
        code=lambda wildcards: fingerprint("train", methods=[implementation(job_of(wildcards).method)], readers=[]),
    script:
        "../scripts/train.py"


# Where the configuration asks, the whole model of the first seed too.
if PLAN.saved():

    ruleorder: train_model > train

    use rule train as train_model with:
        output:
            metrics="<results>/metrics/{job}.tsv",
            cells="<results>/metrics/{job}.cells.npz",
            encoder="<results>/metrics/{job}.encoder.npz",
            model="<results>/models/{job}.safetensors",
        wildcard_constraints:
            job="|".join(
                re.escape(f"{dataset}/{normalization}/{method}/h{h}")
                for dataset, normalization, method, h in PLAN.saved()
            ),
        params:
            run=lambda wildcards: job_of(wildcards).run,
            entry=lambda wildcards: entry_of(job_of(wildcards).method),
            settings=settings(
                "split", "spearman_values", "further_metrics", "precision", "block_rows", "model_precision"
            ),
            code=lambda wildcards: fingerprint("train", methods=[implementation(job_of(wildcards).method)], readers=[]),


# A network that other jobs score too (under noise, on other cells) is kept until they are done.
if PLAN.fit_sources:

    ruleorder: train_shared > train

    use rule train as train_shared with:
        output:
            metrics="<results>/metrics/{job}.tsv",
            cells="<results>/metrics/{job}.cells.npz",
            encoder="<results>/metrics/{job}.encoder.npz",
            fits=temp(directory("<results>/fits/{job}")),
        wildcard_constraints:
            job="|".join(re.escape(stem) for stem in sorted(set(PLAN.fit_sources.values()))),
        priority: 11  # others wait for it


rule merge_block:
    input:
        lambda wildcards: PLAN.metrics_files(wildcards.block),
    output:
        "<results>/tables/blocks/{block}.tsv",
    log:
        "<logs>/merge_block/{block}.log",
    benchmark:
        "<benchmarks>/merge_block/{block}.tsv"
    conda:
        "../../envs/methods.yaml"
    params:
        block=lambda wildcards: PLAN.block_rows(wildcards.block),
        code=fingerprint("merge_block"),
    script:
        "../scripts/merge_block.py"


rule merge:
    input:
        [PLAN.metrics_file(job) for job in PLAN.jobs.values()],
    output:
        report(
            "<results>/tables/metrics.tsv",
            caption="../report/metrics.rst",
            category="Tables",
            labels={"table": "Metrics, all rows"},
        ),
    log:
        "<logs>/merge.log",
    benchmark:
        "<benchmarks>/merge.tsv"
    conda:
        "../../envs/methods.yaml"
    params:
        code=fingerprint("merge"),
    script:
        "../scripts/merge.py"


TARGETS += ["<results>/tables/metrics.tsv"]
