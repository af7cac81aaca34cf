# Codes of a user's own cells under a saved model:
# snakemake encode --config encode_model=results/models/….safetensors encode_cells=my.h5ad encode_output=codes.tsv


rule encode:
    input:
        model=CONFIG.get("encode_model", []),
        cells=CONFIG.get("encode_cells", []),
    output:
        CONFIG.get("encode_output", "<results>/codes.tsv"),
    log:
        "<logs>/encode.log",
    conda:
        "../../envs/train.yaml"
    threads: CONFIG.get("threads", {}).get("cpu", 1)
    params:
        gene_column=CONFIG.get("encode_gene_column"),
        code=fingerprint("encode"),
    script:
        "../scripts/encode.py"
