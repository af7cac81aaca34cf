# What the key dimensions mean, where a model is saved: codes, neighbourhoods, key genes, stability.
rule codes:
    input:
        data=rules.ingest.output[0],
        models=lambda wildcards: [
            PLAN.model_file(wildcards.dataset, wildcards.normalization, method, h) for method, h in saved_of(wildcards)
        ],
        encoders=lambda wildcards: [
            PLAN.encoder_file(wildcards.dataset, wildcards.normalization, method, h)
            for method, h in saved_of(wildcards)
        ],
        dictionaries=encoded_dictionaries,
    output:
        codes="<interpretation>/{dataset}/{normalization}/codes.npz",
        heatmap="<interpretation>/{dataset}/{normalization}/heatmap.npz",
    log:
        "<logs>/codes/{dataset}/{normalization}.log",
    benchmark:
        "<benchmarks>/codes/{dataset}/{normalization}.tsv"
    conda:
        "../../envs/interpretation.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    params:
        models=saved_of,
        entries=lambda wildcards: {
            name: entry_of(name) | {"dictionary": METHODS[name].get("dictionary")} for name in coded_methods(wildcards)
        },
        methods=encoded_methods,
        pictured=pictured_methods,
        settings=settings("split"),
        code=lambda wildcards: fingerprint("codes", methods=map(implementation, coded_methods(wildcards)), readers=[]),
    script:
        "../scripts/codes.py"


rule neighbourhood:
    input:
        data=rules.ingest.output[0],
        codes=rules.codes.output.codes,
        encoders=rules.codes.input.encoders,
    output:
        table="<interpretation>/{dataset}/{normalization}/neighbourhood.tsv",
        embedding="<interpretation>/{dataset}/{normalization}/embedding.npz",
    log:
        "<logs>/neighbourhood/{dataset}/{normalization}.log",
    benchmark:
        "<benchmarks>/neighbourhood/{dataset}/{normalization}.tsv"
    conda:
        "../../envs/interpretation.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    params:
        models=saved_of,
        entries=rules.codes.params.entries,
        settings=settings("split"),
        code=lambda wildcards: fingerprint(
            "neighbourhood", methods=map(implementation, coded_methods(wildcards)), readers=[]
        ),
    script:
        "../scripts/neighbourhood.py"


rule neighbourhood_table:
    input:
        drawings.of_models(PLAN, SAVED_PAIRS, "neighbourhood.tsv"),
    output:
        report(
            "<results>/tables/neighbourhood.tsv",
            caption="../report/neighbourhood.rst",
            category="Interpretation",
            labels={"item": "Neighbourhoods kept by the codes"},
        ),
    log:
        "<logs>/neighbourhood_table.log",
    benchmark:
        "<benchmarks>/neighbourhood_table.tsv"
    conda:
        "../../envs/interpretation.yaml"
    params:
        code=fingerprint("neighbourhood_table"),
    script:
        "../scripts/neighbourhood_table.py"


rule key_genes:
    input:
        data=rules.ingest.output[0],
        encoders=lambda wildcards: key_files(wildcards, PLAN.encoder_file),
        models=lambda wildcards: key_files(wildcards, PLAN.model_file),
    output:
        all="<interpretation>/{dataset}/key-genes.tsv",
        top=report(
            "<interpretation>/{dataset}/key-genes-top.tsv",
            caption="../report/key-genes.rst",
            category="Interpretation",
            labels={"item": "Key genes of each dimension, the first of them", "data set": "{dataset}"},
        ),
    log:
        "<logs>/key_genes/{dataset}.log",
    benchmark:
        "<benchmarks>/key_genes/{dataset}.tsv"
    conda:
        "../../envs/interpretation.yaml"
    params:
        models=lambda wildcards: key_models(wildcards.dataset),
        code=fingerprint("key_genes", readers=[]),
    script:
        "../scripts/key_genes.py"


rule stability:
    input:
        data=rules.ingest.output[0],
        encoders=rules.key_genes.input.encoders,
        models=rules.key_genes.input.models,
    output:
        report(
            "<interpretation>/{dataset}/stability.tsv",
            caption="../report/stability.rst",
            category="Interpretation",
            labels={"item": "Stability of the key dimensions", "data set": "{dataset}"},
        ),
    log:
        "<logs>/stability/{dataset}.log",
    benchmark:
        "<benchmarks>/stability/{dataset}.tsv"
    conda:
        "../../envs/interpretation.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    params:
        models=rules.key_genes.params.models,
        entries=lambda wildcards: {method: entry_of(method) for _, method, _ in key_models(wildcards.dataset)},
        settings=settings("split"),
        code=lambda wildcards: fingerprint(
            "stability", methods=[implementation(method) for _, method, _ in key_models(wildcards.dataset)], readers=[]
        ),
    script:
        "../scripts/stability.py"


TARGETS += expand("<interpretation>/{dataset}/{table}.tsv", dataset=KEYED_DATASETS, table=["key-genes", "stability"])
TARGETS += ["<results>/tables/neighbourhood.tsv"] if SAVED_PAIRS else []
