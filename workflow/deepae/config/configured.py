"""The figures and tables that a configuration asks for: what each rule needs, and whether the grid can give it."""

import re
from types import SimpleNamespace

from deepae.config import captions
from deepae.config.outputs import FIGURES, REGISTRIES, VARIANTS_MADE, caption_of, heading, title
from deepae.config.schema import nearest
from deepae.config.vocabulary import KINDS, METRICS, PRINTED
from deepae.errors import ConfigError


def configured(plan, kind, *names):
    """Return the entries of `figures` or `tables` with some names, with what their rule needs.

    Each has: name, title (Figure 2), rule_name (figure_2 or figure_2_raw), variant, stem (path without suffix), block,
    normalization, table (the block's rows), methods and datasets (for params), caption, log, benchmark, labels (for the
    report), entry.
    """
    items = [_item(plan, kind, entry) for entry in plan.config.get(kind, []) if entry["name"] in names]
    return [item for item in items if item.datasets or not _of_one_kind(item.name)]


def left_out(plan):
    """Return why configured figures are not made: one line each."""
    items = [_item(plan, "figures", entry) for entry in plan.config.get("figures", [])]
    return [
        f"{title(item.name)} is left out: block {item.block} has no {KINDS[FIGURES[item.name].kind]}"
        for item in items
        if _of_one_kind(item.name) and not item.datasets
    ]


def _of_one_kind(name):
    """Return whether a figure is about data sets of one kind."""
    return bool(name in FIGURES and FIGURES[name].kind)


def _item(plan, kind, entry):
    name, variant = entry["name"], entry.get("variant", "")
    full = f"{name}-{variant}" if variant else name
    block = plan.blocks[entry["block"]] if "block" in entry else None
    of_kind = getattr(REGISTRIES[kind][name], "kind", "")
    datasets = [
        dataset
        for dataset in (block.datasets if block else plan.datasets())
        if not of_kind or plan.catalogue[dataset]["kind"] == of_kind
    ]
    rule_name = re.sub(r"[^A-Za-z0-9]", "_", full)
    return SimpleNamespace(
        name=name,
        rule_name=rule_name,
        variant=variant,
        block=block.name if block else None,
        normalization=block.normalization if block else "",
        stem=f"{plan.results}/{kind}/{full}",
        table=plan.block_table(block.name) if block else [],
        methods=captions.methods(plan, block.methods if block else None),
        datasets=captions.datasets(plan, datasets, block.name if block else None),
        caption=f"../report/{caption_of(name)}.rst",
        log=f"{plan.results}/logs/{kind}/{full}.log",
        benchmark=f"{plan.results}/benchmarks/{rule_name}.tsv",
        title=title(name),
        subject=heading(name),
        labels={
            kind[:-1]: heading(name) + (f" ({variant})" if variant else ""),
            "shows": _shows(plan, name, block, datasets),
        },
        entry=entry,
    )


def _shows(plan, name, block, datasets):
    """Return the words by which the report's search finds an entry: metrics, the paper's methods, or else data sets.

    Few: a long label takes the width that the report has for what is shown.
    """
    metrics = getattr(FIGURES.get(name), "metrics", ()) or (PRINTED if block and name not in FIGURES else ())
    words = [METRICS[metric].title if len(metrics) == 1 else METRICS[metric].label for metric in metrics]
    entries = [plan.methods[method] for method in (block.methods if block else ())]
    words += [entry["label"] for entry in entries if entry["role"] in ("proposed", "published")][:5]
    return ", ".join(words or [plan.catalogue[dataset].get("label", dataset) for dataset in datasets])


def check_outputs(plan, where):
    """Raise `ConfigError` for the first figure, table or saved model that the grid cannot give."""
    for kind, registry in REGISTRIES.items():
        seen = set()
        for position, item in enumerate(plan.config.get(kind, [])):
            at = f"{where}: {kind}[{position}]"
            if item["name"] not in registry:
                raise ConfigError(f"{at}.name: unknown {kind[:-1]} {item['name']!r}{nearest(item['name'], registry)}")
            _check_needs(plan, item, registry[item["name"]].needs, at)
            variant = item.get("variant", "")
            if variant.endswith(VARIANTS_MADE):
                raise ConfigError(f"{at}: variant {variant!r} would take the name of the figure's companion")
            if (item["name"], variant) in seen:
                raise ConfigError(f"{at}: {item['name']} stands above; give this one a variant of its own")
            seen.add((item["name"], variant))


def _check_needs(plan, item, needs, at):
    """Raise `ConfigError` if a figure or table lacks a block, a data set or a saved model."""
    saved = plan.saved_pairs()
    if "block" in item and item["block"] not in plan.blocks:
        raise ConfigError(f"{at}: unknown block {item['block']!r}{nearest(item['block'], plan.blocks)}")
    if "block" not in item and needs in ("block", "cells", "heatmap", "tests"):
        raise ConfigError(f"{at}: {item['name']}: key 'block' is missing{nearest('', plan.blocks)}")
    for name in item.get("datasets", ()):
        if name not in plan.catalogue:
            raise ConfigError(f"{at}: datasets: unknown dataset {name!r}{nearest(name, plan.catalogue)}")
        if needs == "models" and name not in dict(saved):
            raise ConfigError(f"{at}: {item['name']}: no saved model of {name}; list one under `models`")
    if needs == "heatmap":
        block = plan.blocks[item["block"]]
        if (block.datasets[0], block.normalization) not in saved:
            pair = f"{block.datasets[0]}/{block.normalization}"
            raise ConfigError(f"{at}: {item['name']}: no saved model of {pair}; list one under `models`")
