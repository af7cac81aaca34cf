# The only rules that use the network. Addresses are read in the scripts: a changed mirror reruns nothing.

# As a module of another workflow the scripts end the run themselves: nobody calls `say_what_was_fetched`.
IN_A_MODULE = Path(str(workflow.main_snakefile)).resolve() not in (ROOT / "Snakefile", ROOT / "workflow/Snakefile")
FETCHED = {file["name"] for entry in CATALOGUE.values() for file in entry["files"] if "path" not in file}


rule fetch_file:
    output:
        f"{catalogue.DOWNLOADS}/{{file}}",
    log:
        "<logs>/fetch_file/{file}.log",
    wildcard_constraints:
        file="|".join(map(re.escape, sorted(FETCHED))) or "(?!)",
    localrule: True
    conda:
        "../../envs/data.yaml"
    script:
        "../scripts/fetch_file.py"


# A target, so it has no output: asked for, it verifies what is here, fetches what is not, and ends with the table.
rule fetch:
    log:
        "<logs>/fetch.log",
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        datasets=PLAN.wanted,
        in_a_module=IN_A_MODULE,
        table=f"{RESULTS}/tables/fetch.tsv",
    script:
        "../scripts/fetch.py"


# The dry mode of `fetch`: does each address answer? Nothing is fetched.
rule fetch_check:
    log:
        "<logs>/fetch_check.log",
    localrule: True
    conda:
        "../../envs/data.yaml"
    params:
        datasets=PLAN.wanted,
        in_a_module=IN_A_MODULE,
        table=f"{RESULTS}/tables/fetch_check.tsv",
    script:
        "../scripts/fetch_check.py"
