# What the key genes mean: GO terms and pathways, their control, Supplement 2.


rule fetch_geneset:
    output:
        "resources/genesets/enrichr/{library}.gmt",
    log:
        "<logs>/fetch_geneset/{library}.log",
    localrule: True
    conda:
        "../../envs/enrichment.yaml"
    params:
        organism=lambda wildcards: next(
            entry["organism"] for entry in ENRICHED.entries.values() if entry.get("enrichr") == wildcards.library
        ),
    script:
        "../scripts/fetch_geneset.py"


rule enrichment:
    input:
        data=rules.ingest.output[0],
        key_genes="<results>/interpretation/{dataset}/key-genes.tsv",
        libraries=lambda wildcards: ENRICHED.files(wildcards.dataset),
    output:
        go=[
            report(
                f"<enrichment>/{{dataset}}/dimension-{k}.go.tsv",
                caption="../report/go-terms.rst",
                category="Enrichment",
                labels={"item": f"GO terms, dimension {k}", "data set": "{dataset}"},
            )
            for k in range(1, KEY_DIMENSIONS + 1)
        ],
        wikipathways=expand("<enrichment>/{{dataset}}/dimension-{k}.wikipathways.tsv", k=range(1, KEY_DIMENSIONS + 1)),
        tested_go="<enrichment>/{dataset}/tested.go.tsv.gz",
        tested_wikipathways="<enrichment>/{dataset}/tested.wikipathways.tsv.gz",
        summary=report(
            "<enrichment>/{dataset}/summary.tsv",
            caption="../report/enrichment-summary.rst",
            category="Enrichment",
            labels={"item": "Enrichment, summary", "data set": "{dataset}"},
        ),
    log:
        "<logs>/enrichment/{dataset}.log",
    benchmark:
        "<benchmarks>/enrichment/{dataset}.tsv"
    conda:
        "../../envs/enrichment.yaml"
    params:
        libraries=lambda wildcards: ENRICHED.described(wildcards.dataset),
        organism=lambda wildcards: CATALOGUE[wildcards.dataset].get("organism", ""),
        dimensions=KEY_DIMENSIONS,
        code=fingerprint("enrichment"),
    script:
        "../scripts/enrichment.py"


rule enrichment_control:
    input:
        data=rules.ingest.output[0],
        key_genes=rules.enrichment.input.key_genes,
        libraries=lambda wildcards: ENRICHED.files(wildcards.dataset),
    output:
        control=report(
            "<enrichment>/{dataset}/control.tsv",
            caption="../report/enrichment-control.rst",
            category="Enrichment",
            labels={"item": "Enrichment, negative control", "data set": "{dataset}"},
        ),
        rankings="<enrichment>/{dataset}/rankings.tsv",
    log:
        "<logs>/enrichment_control/{dataset}.log",
    benchmark:
        "<benchmarks>/enrichment_control/{dataset}.tsv"
    conda:
        "../../envs/enrichment.yaml"
    params:
        libraries=lambda wildcards: ENRICHED.described(wildcards.dataset),
        organism=rules.enrichment.params.organism,
        dimensions=KEY_DIMENSIONS,
        draws=CONFIG.get("enrichment", {}).get("draws", 199),
        code=fingerprint("enrichment_control"),
    script:
        "../scripts/enrichment_control.py"


TARGETS += expand("<enrichment>/{dataset}/{table}.tsv", dataset=ENRICHED.datasets(), table=["summary", "control"])


# Of a configured pathway id the GPML is fetched; a path is taken as it is; the bundled ones are always at hand.
rule fetch_pathway:
    output:
        "resources/wikipathways/fetched/{pathway}.gpml",
    log:
        "<logs>/fetch_pathway/{pathway}.log",
    wildcard_constraints:
        pathway="WP[0-9]+",
    localrule: True
    conda:
        "../../envs/enrichment.yaml"
    script:
        "../scripts/fetch_pathway.py"


# Any pathway at hand, when asked for by path: the dimension with its lowest P.
rule draw_pathway:
    input:
        key_genes=rules.enrichment.input.key_genes,
        tested=rules.enrichment.output.tested_wikipathways,
        gpml=lambda wildcards: next(
            (path for path in ENRICHED.pathway_files() if Path(path).stem == wildcards.pathway),
            f"resources/wikipathways/fetched/{wildcards.pathway}.gpml",
        ),
        gene_tables=lambda wildcards: ENRICHED.gene_tables(wildcards.dataset),
    output:
        multiext("<results>/figures/pathways/{dataset}/{pathway}", ".svg", ".pdf", ".png"),
    log:
        "<logs>/draw_pathway/{dataset}/{pathway}.log",
    wildcard_constraints:
        pathway="[A-Za-z0-9][A-Za-z0-9._-]*",
    conda:
        "../../envs/figures.yaml"
    params:
        datasets=lambda wildcards: ENRICHED.models([wildcards.dataset]),
        banner=PLAN.banner,
        code=fingerprint("draw_pathway"),
    script:
        "../scripts/draw_pathway.py"


rule supplement_2:
    input:
        [ENRICHED.supplement_files(dataset)[1:] for dataset in ENRICHED.datasets()],
    output:
        report(
            "<results>/tables/supplement-2.tsv",
            caption="../report/supplement-2.rst",
            category="Tables",
            labels={"table": "Supplement 2"},
        ),
    log:
        "<logs>/supplement_2.log",
    benchmark:
        "<benchmarks>/supplement_2.tsv"
    conda:
        "../../envs/enrichment.yaml"
    params:
        files=[ENRICHED.supplement_files(dataset) for dataset in ENRICHED.datasets()],
        code=fingerprint("supplement_2"),
    script:
        "../scripts/supplement_2.py"


TARGETS += ["<results>/tables/supplement-2.tsv"] if ENRICHED.datasets() else []
