# The grid: ingest, factorise, evaluate, train, merge.


rule ingest:
    input:
        files=dataset_files,
        gene_tables=lambda wildcards: ingest_tables(wildcards.dataset),
    output:
        f"{RESULTS}/data/{{dataset}}.h5ad",
    log:
        f"{RESULTS}/logs/ingest/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/ingest/{{dataset}}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=memory_of("ingest"),
        runtime=minutes_of("ingest"),
    params:
        entry=lambda wildcards: ingest_text(wildcards.dataset),
        code=lambda wildcards: fingerprint("ingest", readers=[CATALOGUE[wildcards.dataset]["reader"]["layout"]]),
    script:
        "../scripts/ingest.py"


rule factorise:
    input:
        data=rules.ingest.output[0],
    output:
        f"{RESULTS}/dictionaries/{{dataset}}/{{normalization}}/{{method}}.npz",
    log:
        f"{RESULTS}/logs/factorise/{{dataset}}/{{normalization}}/{{method}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/factorise/{{dataset}}/{{normalization}}/{{method}}.tsv"
    conda:
        "../../envs/methods.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    resources:
        mem_mb=memory_of("factorise"),
        runtime=minutes_of("factorise"),
    params:
        seeds=lambda wildcards: dictionary_seeds(wildcards),
        entry=lambda wildcards: entry_text(wildcards.method),
        settings=settings_text("split"),
        code=lambda wildcards: fingerprint("factorise", methods=[implementation(wildcards.method)]),
    script:
        "../scripts/factorise.py"


rule evaluate:
    input:
        data=rules.ingest.output[0],
        dictionary=dictionary_file,
    output:
        metrics=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}.tsv",
        cells=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}.cells.npz",
    log:
        f"{RESULTS}/logs/evaluate/{{dataset}}/{{normalization}}/{{method}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/evaluate/{{dataset}}/{{normalization}}/{{method}}.tsv"
    conda:
        "../../envs/methods.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    resources:
        mem_mb=memory_of("evaluate"),
        runtime=minutes_of("evaluate"),
    params:
        runs=lambda wildcards: job_of(wildcards).runs_text,
        entry=lambda wildcards: entry_text(wildcards.method),
        settings=settings_text("split", "spearman_values"),
        code=lambda wildcards: fingerprint("evaluate", methods=[implementation(wildcards.method)]),
    script:
        "../scripts/evaluate.py"


rule train:
    input:
        data=rules.ingest.output[0],
    output:
        metrics=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.tsv",
        cells=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.cells.npz",
    log:
        f"{RESULTS}/logs/train/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.tsv"
    wildcard_constraints:
        h="1[1-9]|[2-9][0-9]|[1-9][0-9][0-9]+",
    priority: 10  # the longest jobs begin first
    conda:
        "../../envs/train.yaml"
    threads: CONFIG.get("threads", {}).get("train", 1)
    resources:
        gpu=GPU,
        mem_mb=memory_of("train"),
        runtime=minutes_of("train"),
    params:
        runs=lambda wildcards: training_job(wildcards).runs_text,
        iterations=lambda wildcards: training_job(wildcards).iterations or 0,
        entry=lambda wildcards: entry_text(wildcards.method),
        settings=settings_text("split", "spearman_values", "precision", "block_rows"),
        code=lambda wildcards: fingerprint("train", methods=[implementation(wildcards.method)]),
    script:
        "../scripts/train.py"


# Up to ten measurements the encoder's product is written too: the key dimensions are read from it. (The paths stand here
# again because those of `rules.train.output` carry its constraints.)
use rule train as train_encoder with:
    output:
        metrics=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.tsv",
        cells=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.cells.npz",
        encoder=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.encoder.npz",
    wildcard_constraints:
        h="[1-9]|10",
        dataset=not_saved(),


# Where the configuration asks, the whole model of the first seed.
use rule train as train_model with:
    output:
        metrics=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.tsv",
        cells=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.cells.npz",
        encoder=f"{RESULTS}/metrics/{{dataset}}/{{normalization}}/{{method}}/h{{h}}.encoder.npz",
        model=f"{RESULTS}/models/{{dataset}}/{{normalization}}/{{method}}-h{{h}}.safetensors",
    wildcard_constraints:
        h="[1-9]|10",
        dataset=saved(),


rule merge_block:
    input:
        lambda wildcards: metrics_files(wildcards.block),
    output:
        f"{RESULTS}/tables/blocks/{{block}}.tsv",
    log:
        f"{RESULTS}/logs/merge_block/{{block}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/merge_block/{{block}}.tsv"
    conda:
        "../../envs/methods.yaml"
    params:
        block=lambda wildcards: block_text(wildcards.block),
        code=fingerprint("merge_block"),
    script:
        "../scripts/merge_block.py"


rule merge:
    input:
        [metrics_file(job) for job in PLAN.jobs.values()],
    output:
        report(
            f"{RESULTS}/tables/metrics.tsv",
            caption="../report/metrics.rst",
            category="Tables",
            labels={"table": "Metrics, all rows"},
        ),
    log:
        f"{RESULTS}/logs/merge.log",
    benchmark:
        f"{RESULTS}/benchmarks/merge.tsv"
    conda:
        "../../envs/methods.yaml"
    params:
        code=fingerprint("merge"),
    script:
        "../scripts/merge.py"


TARGETS += [f"{RESULTS}/tables/metrics.tsv"]
