# What the key genes mean: GO terms and pathways, their control, Supplement 2, Figures S3, 9 and S4.
from deepae import genesets

GENESETS = genesets.load_catalogue(*map(project_file, CONFIG.get("genesets", ["config/genesets.yaml"])))
LIBRARIES = CONFIG.get("enrichment", {}).get("libraries", list(GENESETS))
DIMENSIONS = 10  # the paper's: ten measurements
ENRICHMENT = f"{RESULTS}/enrichment"


def geneset_file(name):
    """The GMT of a library: a file, or where the one of Enrichr is put."""
    entry = GENESETS[name]
    return project_file(entry["file"]) if "file" in entry else f"resources/genesets/enrichr/{entry['enrichr']}.gmt"


def libraries(dataset):
    """The library of each kind that a data set is tested against, or None: by name."""
    organism = CATALOGUE[dataset].get("organism", "")
    return {kind: genesets.choose(GENESETS, LIBRARIES, kind, organism) for kind in genesets.KINDS}


def library_files(wildcards):
    """The GMT files that a data set is tested against."""
    return [geneset_file(name) for name in libraries(wildcards.dataset).values() if name]


def libraries_text(dataset):
    """What the tests of a data set depend on, as plain text for params."""
    keys = ("kind", "organism", "ids", "version", "sha256")
    return json.dumps(
        {
            kind: name
            and {"name": name, "file": geneset_file(name)} | {k: GENESETS[name][k] for k in keys if k in GENESETS[name]}
            for kind, name in libraries(dataset).items()
        }
    )


def enriched_datasets():
    """The data sets that a configured Figure 9, S3 or S4 shows."""
    names = [item.entry.get("datasets", []) for figure in ("figure-9", "figure-s3", "figure-s4") for item in figures(figure)]
    return list(dict.fromkeys(sum(names, [])))


rule fetch_geneset:
    output:
        "resources/genesets/enrichr/{library}.gmt",
    params:
        organism=lambda wildcards: next(
            entry["organism"] for entry in GENESETS.values() if entry.get("enrichr") == wildcards.library
        ),
    log:
        f"{RESULTS}/logs/fetch_geneset/{{library}}.log",
    conda:
        "../../envs/enrichment.yaml"
    script:
        "../scripts/fetch_geneset.py"


rule enrichment:
    input:
        data=rules.ingest.output[0],
        key_genes=f"{RESULTS}/interpretation/{{dataset}}/key-genes.tsv",
        libraries=library_files,
    output:
        go=expand(f"{ENRICHMENT}/{{{{dataset}}}}/dimension-{{k}}.go.tsv", k=range(1, DIMENSIONS + 1)),
        wikipathways=expand(f"{ENRICHMENT}/{{{{dataset}}}}/dimension-{{k}}.wikipathways.tsv", k=range(1, DIMENSIONS + 1)),
        tested_go=f"{ENRICHMENT}/{{dataset}}/tested.go.tsv.gz",
        tested_wikipathways=f"{ENRICHMENT}/{{dataset}}/tested.wikipathways.tsv.gz",
        summary=f"{ENRICHMENT}/{{dataset}}/summary.tsv",
    params:
        libraries=lambda wildcards: libraries_text(wildcards.dataset),
        organism=lambda wildcards: CATALOGUE[wildcards.dataset].get("organism", ""),
        dimensions=DIMENSIONS,
        code=fingerprint("enrichment"),
    log:
        f"{RESULTS}/logs/enrichment/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/enrichment/{{dataset}}.tsv"
    conda:
        "../../envs/enrichment.yaml"
    script:
        "../scripts/enrichment.py"


rule enrichment_control:
    input:
        data=rules.ingest.output[0],
        key_genes=rules.enrichment.input.key_genes,
        libraries=library_files,
        go=rules.enrichment.output.tested_go,
        wikipathways=rules.enrichment.output.tested_wikipathways,
    output:
        f"{ENRICHMENT}/{{dataset}}/control.tsv",
    params:
        libraries=lambda wildcards: libraries_text(wildcards.dataset),
        organism=rules.enrichment.params.organism,
        dimensions=DIMENSIONS,
        draws=CONFIG.get("enrichment", {}).get("draws", 100),
        code=fingerprint("enrichment"),
    log:
        f"{RESULTS}/logs/enrichment_control/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/enrichment_control/{{dataset}}.tsv"
    conda:
        "../../envs/enrichment.yaml"
    script:
        "../scripts/enrichment_control.py"


TARGETS += expand(f"{ENRICHMENT}/{{dataset}}/{{table}}.tsv", dataset=enriched_datasets(), table=["summary", "control"])
