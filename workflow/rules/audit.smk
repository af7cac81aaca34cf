# Does the paper hold? Every claim of resources/paper/claims.yaml is decided from result files alone.

# The result tables that findings and answers are made from, by kind; `printed` is what the paper prints.
AUDITED = {
    "metrics": rules.merge.output[0],
    "ttests": rules.statistics.output.ttests,
    "wilcoxon": rules.statistics.output.wilcoxon,
    "skill": rules.statistics.output.skill,
    "bootstrap": rules.statistics.output.bootstrap,
    "overfitting": rules.statistics.output.overfitting,
    "neighbourhood": ["<results>/tables/neighbourhood.tsv"] if SAVED_PAIRS else [],
    "key_genes": expand("<interpretation>/{dataset}/key-genes.tsv", dataset=KEYED_DATASETS),
    "stability": expand("<interpretation>/{dataset}/stability.tsv", dataset=KEYED_DATASETS),
    "enrichment": expand("<enrichment>/{dataset}/summary.tsv", dataset=ENRICHED.datasets()),
    "control": expand("<enrichment>/{dataset}/control.tsv", dataset=ENRICHED.datasets()),
    "printed": [
        project_file(f"resources/paper/{name}.tsv")
        for name in ("table-1", "table-2", "table-3", "accessions", "statements", "pathways", "authors-program")
    ],
}
PAGES = [
    project_file(path.relative_to(ROOT))
    for path in sorted((ROOT / "workflow/deepae/report/pages").glob("**/*.[!p]*"))
    if path.is_file()
]
AUDITED_DATASETS = dataset_entries(PLAN.datasets(), "label", "note", "kind", "complete", "subset_of")


rule audit:
    input:
        **AUDITED,
        claims=project_file("resources/paper/claims.yaml"),
        pages=PAGES,
    output:
        tsv=report(
            "<results>/audit/claims.tsv",
            caption="../report/claims-table.rst",
            category="Audit",
            labels={"item": "Claims, as a table"},
        ),
        questions="<results>/audit/questions.tsv",
        answers="<results>/audit/answers.tsv",
        html=report(
            "<results>/audit/claims.html",
            caption="../report/claims.rst",
            category="Audit",
            labels={"item": "Claims and what was found"},
        ),
    log:
        "<logs>/audit.log",
    benchmark:
        "<benchmarks>/audit.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        results=lambda wildcards, output: str(Path(output[0]).parent.parent),
        printed=lambda wildcards, input: str(Path(input.printed[0]).parent),
        datasets=AUDITED_DATASETS,
        methods=captions.methods(PLAN),
        banner=PLAN.banner,
        code=fingerprint("audit"),
    script:
        "../scripts/audit.py"


TARGETS += [*rules.audit.output] if CONFIG.get("audit", True) else []
