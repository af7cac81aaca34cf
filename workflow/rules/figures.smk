# Figures 1, 2, 3, 4, 6, 7, S1, S5, S6 and the ablation. A comparison figure reads one block of the grid and has a
# companion of the same layout, baselines with unit-norm decoding. Figures 5, 8, 9, S2, S3, S4 and S7 stand in other files.


for item in figures("figure-1"):

    rule:
        name:
            item.rule_name
        output:
            report(f"{item.stem}.svg", caption="../report/figure-1.rst", category="Figures", labels=item.labels),
            f"{item.stem}.pdf",
            f"{item.stem}.png",
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            network=network_text(item),
            code=fingerprint("figure_1"),
        script:
            "../scripts/figure_1.py"

    TARGETS += picture_files(item.stem)


for item in figures("figure-2"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-2.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-2.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_2"),
        script:
            "../scripts/figure_2.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-3"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-3.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-3.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_3"),
        script:
            "../scripts/figure_3.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-4"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-4.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-4.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_4"),
        script:
            "../scripts/figure_4.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-6"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-6.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-6.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            datasets=of_kind(item, "array"),
            methods=item.methods,
            description=describe_block(item, "array"),
            code=fingerprint("figure_6"),
        script:
            "../scripts/figure_6.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-7"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-7.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-7.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
        log:
            item.log,
        benchmark:
            item.benchmark
        conda:
            "../../envs/figures.yaml"
        params:
            datasets=of_kind(item, "mass-cytometry"),
            methods=item.methods,
            description=describe_block(item, "mass-cytometry"),
            code=fingerprint("figure_7"),
        script:
            "../scripts/figure_7.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-s1"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-s1.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-s1.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_s1"),
        script:
            "../scripts/figure_s1.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-s5"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-s5.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-s5.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_s5"),
        script:
            "../scripts/figure_s5.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("figure-s6"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            published=[
                report(f"{item.stem}.svg", caption="../report/figure-s6.rst", category="Figures", labels=item.labels),
                f"{item.stem}.pdf",
                f"{item.stem}.png",
            ],
            corrected=[
                report(
                    f"{item.stem}-corrected.svg",
                    caption="../report/figure-s6.rst",
                    category="Figures",
                    labels=companion_labels(item),
                ),
                f"{item.stem}-corrected.pdf",
                f"{item.stem}-corrected.png",
            ],
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
            code=fingerprint("figure_s6"),
        script:
            "../scripts/figure_s6.py"

    TARGETS += picture_files(item.stem) + picture_files(f"{item.stem}-corrected")


for item in figures("ablation"):

    rule:
        name:
            item.rule_name
        input:
            item.table,
        output:
            report(f"{item.stem}.svg", caption="../report/ablation.rst", category="Figures", labels=item.labels),
            f"{item.stem}.pdf",
            f"{item.stem}.png",
            table=f"{RESULTS}/tables/{Path(item.stem).name}.tsv",
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
            code=fingerprint("ablation"),
        script:
            "../scripts/ablation.py"

    TARGETS += picture_files(item.stem) + [f"{RESULTS}/tables/{Path(item.stem).name}.tsv"]
