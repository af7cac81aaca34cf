# The figures: a rule for each that the configuration asks for. What a figure shows and is drawn by is its entry in
# deepae/config/outputs.py; what its rule reads and writes beside the pictures stands in deepae/config/drawings.py.
#
# Rules figure_1, figure_5, figure_8, figure_9, figure_s2, figure_s3, figure_s4, figure_s7, figure_stability, ablation, and
# - of one block, in the paper's layout and with a row for each method: figure_2, figure_3, figure_4, figure_6, figure_7,
#   figure_s1, figure_s5, figure_s6 (and figure_2_raw for a variant);
# - of one block, with the table behind in tables/: summary, learning_curve, noise, rate_distortion, training_length,
#   held_out_group, cross_normalization, ranks, cost; of all blocks: specification.
for item in figures(*outputs.FIGURES):
    drawn = drawings.drawing(PLAN, ENRICHED, item)
    found = {"found": f"{item.stem}.rst"} if drawn.finds else {}
    name = f"figure_{item.rule_name}" if item.name == "stability" else item.rule_name

    rule:
        name:
            name
        input:
            **drawn.inputs,
        output:
            **pictures(item),
            **found,
            **drawn.tables,
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            **drawn.params,
            script=drawn.script,
            banner=PLAN.banner,
            code=fingerprint(drawn.script),
        script:
            "../scripts/{params.script}.py"  # Snakemake looks a variable of the loop up when the loop has ended

    workflow.get_rule(name).script = f"../scripts/{drawn.script}.py"  # for whoever asks the rule: report, packages
    TARGETS += [*map(str, pictures(item).values()), *found.values(), *drawn.tables.values()]
