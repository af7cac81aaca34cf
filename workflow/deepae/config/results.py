"""Where a run puts its results, for those who do not ask Snakemake: `python -m deepae.config.results [CONFIG]`."""

from deepae.config.paths import tidied
from deepae.io.scripting import run_command
from deepae.io.yaml_files import read_yaml


def results_of(*configs):
    """Return the folder of results that configuration files name, the last of them that does."""
    found = [table["results"] for table in map(read_yaml, filter(None, configs)) if "results" in (table or {})]
    return tidied({"results": found[-1] if found else "results"})["results"]


def main(config=""):
    """Print the folder of results of the project's configuration and one more."""
    print(results_of("config/config.yaml", config))


if __name__ == "__main__":
    run_command(main, "deepae.config.results [CONFIG]")
