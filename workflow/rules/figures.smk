# Figure 1, the comparison figures and the ablation; Figures 5, 8, 9, S2, S3, S4 and S7 stand in other files. What each
# shows, needs and is drawn by is its entry in deepae/config/outputs.py.


for item in figures("figure-1"):

    rule:
        name:
            item.rule_name
        output:
            **picture(item),
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            network=captions.network(PLAN, item),
            banner=PLAN.banner,
            code=fingerprint("figure_1"),
        script:
            "../scripts/figure_1.py"

    TARGETS += picture_files(item.stem)


# Rules figure_2, figure_3, figure_4, figure_6, figure_7, figure_s1, figure_s5, figure_s6 (and figure_2_raw for a variant):
# each reads one block of the grid, and draws the paper's layout and a companion with a row for each method.
for item in figures(*filter(outputs.is_comparison, outputs.FIGURES)):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            paper=[*picture(item).values()],
            companion=[*picture(item, "by method").values()],
            found=f"{item.stem}.rst",
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            figure=item.name,
            subject=item.subject,
            datasets=item.datasets,
            methods=item.methods,
            description=describe_block(item),
            banner=PLAN.banner,
            code=fingerprint("comparison_figure"),
        script:
            "../scripts/comparison_figure.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-by-method")


# Rules summary, learning_curve, noise, rate_distortion, training_length, held_out_group, cross_normalization, ranks and
# cost each draw the rows of one block, specification those of all blocks; the table behind each lies in tables/.
for item in figures(*filter(outputs.of_block, outputs.FIGURES)):

    rule:
        name:
            item.rule_name
        input:
            **beside(item),
            rows=item.table or "<results>/tables/metrics.tsv",
        output:
            **picture(item),
            found=f"{item.stem}.rst",
            behind=f"<results>/tables/{Path(item.stem).name}.tsv",
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            figure=item.name,
            subject=item.subject,
            datasets=item.datasets,
            methods=item.methods,
            jobs=keys_of(item),
            trained=[job.key for job in jobs_of(item) if job.measurements],
            description=describe_block(item),
            banner=PLAN.banner,
            code=fingerprint("block_figure"),
        script:
            "../scripts/block_figure.py"

    TARGETS += picture_files(item.stem) + [f"{item.stem}.rst", f"<results>/tables/{Path(item.stem).name}.tsv"]


for item in figures("ablation"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            **picture(item),
            table=f"<results>/tables/{Path(item.stem).name}.tsv",
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            datasets=item.datasets,
            methods=item.methods,
            description=describe_block(item),
            banner=PLAN.banner,
            code=fingerprint("ablation"),
        script:
            "../scripts/ablation.py"

    TARGETS += picture_files(item.stem) + [f"<results>/tables/{Path(item.stem).name}.tsv"]
