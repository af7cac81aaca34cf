# The DeepAE experiment: a table of contents. Each figure, table and claim is made from jobs of the grid in config/.
import os

from snakemake.utils import min_version

min_version("9.20")


# The user's own config/config.yaml, or the project's where the user stands elsewhere (--directory, a module).
default_config = "config/config.yaml"
if not os.path.exists(default_config):
    default_config = os.path.join(str(workflow.current_basedir), default_config)


configfile: default_config


include: "workflow/rules/common.smk"
include: "workflow/rules/run.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/grid.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/interpretation.smk"
include: "workflow/rules/enrichment.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/provenance.smk"
include: "workflow/rules/home.smk"
include: "workflow/rules/partial.smk"
include: "workflow/rules/encode.smk"
include: "workflow/rules/recommend.smk"


report: "workflow/report/workflow.rst"


refuse_without_packages()


onstart:
    start_to_say()


onsuccess:
    stop_to_say()
    say_what_is_absent()
    say_what_was_fetched()
    say_what_failed()


onerror:
    stop_to_say()
    say_what_is_absent()
    say_what_is_missing()
    say_what_stopped()


rule all:
    default_target: True
    input:
        TARGETS,
