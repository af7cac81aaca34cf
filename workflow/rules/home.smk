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
        results=RESULTS,
        printed=project_file("resources/paper"),
        datasets=AUDITED_DATASETS,
        methods=captions.methods(PLAN),
        banner=PLAN.banner,
        code=fingerprint("home"),
    script:
        "../scripts/home.py"


TARGETS += ["<results>/index.html"]
