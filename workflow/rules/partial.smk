# What exists so far, while runs of the grid are missing: `snakemake partial`. It has no input and no output, so that it runs
# whenever it is asked for and never starts a job of the grid.


rule partial:
    log:
        f"{RESULTS}/logs/partial.log",
    conda:
        "../../envs/figures.yaml"
    params:
        code=fingerprint("partial"),
        blocks=blocks_text(),
        figures=json.dumps(
            [
                {
                    "name": item.entry["name"],
                    "stem": Path(item.stem).name,
                    "block": item.block,
                    "datasets": item.datasets,
                    "methods": item.methods,
                }
                for name in dict.fromkeys(entry["name"] for entry in CONFIG.get("figures", []))
                for item in figures(name)
                if item.block
            ]
        ),
        out=f"{RESULTS}/partial",
    script:
        "../scripts/partial.py"
