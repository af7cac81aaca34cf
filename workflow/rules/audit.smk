# Does the paper hold? Every claim of resources/paper/claims.yaml gets a verdict from result files alone.


rule audit:
    input:
        metrics=rules.merge.output[0],
        ttests=rules.statistics.output.ttests,
        wilcoxon=rules.statistics.output.wilcoxon,
        skill=rules.statistics.output.skill,
        bootstrap=rules.statistics.output.bootstrap,
        neighbourhood=[f"{RESULTS}/tables/neighbourhood.tsv"] if SAVED_PAIRS else [],
        key_genes=expand(f"{INTERPRETATION}/{{dataset}}/key-genes.tsv", dataset=SAVED_DATASETS),
        stability=expand(f"{INTERPRETATION}/{{dataset}}/stability.tsv", dataset=SAVED_DATASETS),
        enrichment=expand(f"{ENRICHMENT}/{{dataset}}/summary.tsv", dataset=enriched_datasets()),
        control=expand(f"{ENRICHMENT}/{{dataset}}/control.tsv", dataset=enriched_datasets()),
        claims=project_file("resources/paper/claims.yaml"),
        printed=[
            project_file(f"resources/paper/{name}.tsv")
            for name in ("table-1", "table-2", "table-3", "accessions", "statements", "pathways")
        ],
        page=[str(ROOT / "workflow/deepae/audit" / name) for name in ("page.css", "page.js")],
    output:
        tsv=report(
            f"{RESULTS}/audit/claims.tsv",
            caption="../report/claims-table.rst",
            category="Audit",
            labels={"item": "Claims, as a table"},
        ),
        html=report(
            f"{RESULTS}/audit/claims.html",
            caption="../report/claims.rst",
            category="Audit",
            labels={"item": "Claims and their verdicts"},
        ),
    log:
        f"{RESULTS}/logs/audit.log",
    benchmark:
        f"{RESULTS}/benchmarks/audit.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        results=lambda wildcards, output: str(Path(output[0]).parent.parent),
        datasets=audited_datasets(),
        methods=audited_methods(),
        code=fingerprint("audit"),
    script:
        "../scripts/audit.py"


TARGETS += [*rules.audit.output] if CONFIG.get("audit", True) else []
