# Which compression for my cells: `snakemake recommend --cores 2 --config data=my.h5ad` makes results/recommend/recommend.html.
if PLAN.config.get("recommend"):

    rule recommend:
        input:
            families=[PLAN.block_table("recommend"), PLAN.block_table("recommend-networks")],
            curve=PLAN.block_table("recommend-training"),
        output:
            "<results>/recommend.html",
        log:
            "<logs>/recommend.log",
        benchmark:
            "<benchmarks>/recommend.tsv"
        conda:
            "../../envs/statistics.yaml"
        params:
            dataset={"label": CATALOGUE[PLAN.datasets()[0]]["label"]},
            methods=captions.methods(PLAN),
            banner=PLAN.banner,
            code=fingerprint("recommend"),
        script:
            "../scripts/recommend.py"
