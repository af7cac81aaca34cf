# The home page: the answers first, then figures, tables and provenance. Included last: it shows all that the run made.


rule home:
    input:
        **AUDITED,
        made=list(TARGETS),
        pages=PAGES,
    output:
        page="<results>/index.html",
    log:
        "<logs>/home.log",
    benchmark:
        "<benchmarks>/home.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        results=lambda wildcards, output: str(Path(output[0]).parent),
        printed=lambda wildcards, input: str(Path(input.printed[0]).parent),
        datasets=AUDITED_DATASETS,
        methods=captions.methods(PLAN),
        banner=PLAN.banner,
        left_out=configured.left_out(PLAN),
        code=fingerprint("home"),
    script:
        "../scripts/home.py"


TARGETS += ["<results>/index.html"]
