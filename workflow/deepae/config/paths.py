"""The paths that a user gives: tidied, and refused where a run would write over something that is not its own."""

from pathlib import Path

from deepae.errors import ConfigError

SINGLE = ("results", "data", "encode_model", "encode_cells", "encode_output")
"""Keys of the configuration that hold one path."""
MADE = (
    *("data", "dictionaries", "metrics", "models", "tables", "figures", "audit", "interpretation", "enrichment"),
    *("logs", "benchmarks", "partial"),
)
"""What a run makes in its folder of results; a file of another origin in there would be deleted or written over."""
OWN = (
    *("workflow", "config", "resources", "tests", "docs", "envs", "profiles", "benchmarks"),
    *(".git", ".ci", ".venv", ".snakemake"),
)
"""What belongs to the project itself, in its folder."""
CODES = "cell\tdimension_1"
"""How a table of codes begins."""


def tidy(path):
    """Return a path with `~` replaced and without ``./``, ``//`` and a last slash: Snakemake warns about them."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise ConfigError(f"{path}: {error}; write the path out") from error


def from_here(path):
    """Return a path as seen from the working directory, if it lies in it: a copy of the folder is the same run."""
    path = Path(path).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def tidied(config, words=()):
    """Return a configuration with tidied paths.

    Parameters
    ----------
    config : dict
    words : sequence of str
        The command line: Snakemake reads ``--config results=2026`` as a number, ``data=[a].tsv`` as text and
        ``data=[a]`` as a list.

    Raises
    ------
    ConfigError
        If a path cannot be told from what Snakemake read.
    """
    found = dict(config)
    for key in SINGLE:
        value = config.get(key)
        if value is None or value == "":
            continue
        typed = [word.partition("=")[2] for word in words if word.startswith(f"{key}=")]
        if not isinstance(value, str) and typed and str(value) != typed[-1]:
            raise ConfigError(f"{key}: {typed[-1]} is read as {value!r}; write ./{typed[-1]} or the whole path")
        if isinstance(value, (dict, list)):
            raise ConfigError(f"{key}: found {value!r}, expected a path; put it in quotes")
        found[key] = tidy(str(value))
    return found


def refuse_overwriting(config, inputs, project):
    """Raise `ConfigError`, one line, if the run would write over what is not its own.

    Parameters
    ----------
    config : dict
        With tidied paths.
    inputs : iterable of (str, path)
        What the run reads that it does not make, each with what a message calls it.
    project : path
        The folder of this project.
    """
    project = Path(project).resolve()
    inputs = [(name, Path(path).resolve(), path) for name, path in inputs]
    results = Path(config["results"]).resolve()
    _check_results(config["results"], results, project)
    for name, path, given in inputs:
        for folder in MADE:
            if _is_in(path, results / folder):
                raise ConfigError(
                    f"{name}: {given} lies in {config['results']}/{folder}, where this run writes and deletes files of "
                    "its own; choose another folder with results=…"
                )
    if "encode_output" in config:
        others = [
            (key, Path(config[key]).resolve(), config[key]) for key in ("encode_model", "encode_cells") if key in config
        ]
        _check_codes(config["encode_output"], results, project, [*inputs, *others])


def _check_results(given, results, project):
    if results.exists() and not results.is_dir():
        raise ConfigError(f"results: {given} is a file, expected a folder")
    what = ""
    if results == Path(results.anchor):
        what = "the top of the file system"
    elif results == project:
        what = "this project itself"
    elif results in project.parents:
        what = "a folder around this project"
    elif results == _home():
        what = "your home folder"
    elif own := _part_of(project, results):
        what = f"in {own}/, which belongs to this project"
    if what:
        raise ConfigError(f"results: {given} is {what}; expected a folder of its own, for example results=results/mine")


def _check_codes(given, results, project, inputs):
    output = Path(given).resolve()
    for name, path, _ in inputs:
        if _is_in(path, output):
            raise ConfigError(f"encode_output: {given} would write over {name}, which is read; choose another name")
    if output.is_dir():
        raise ConfigError(f"encode_output: {given} is a folder, expected the name of a table")
    made = next((folder for folder in MADE if _is_in(output, results / folder)), None)
    if made or (own := _part_of(project, output)):
        where = f"{results.name}/{made}, where a run writes its own files" if made else f"{own}/ of this project"
        raise ConfigError(f"encode_output: {given} lies in {where}; choose another folder")
    if output.exists() and not _begins_with(output, CODES):
        raise ConfigError(f"encode_output: {given} is there already and holds no codes; choose another name")


def _is_in(path, folder):
    return path == folder or folder in path.parents


def _part_of(project, path):
    """Return the part of the project that a path lies in, or an empty text."""
    first = path.relative_to(project).parts[:1] if _is_in(path, project) else ()
    return first[0] if first and first[0] in OWN else ""


def _begins_with(path, text):
    try:
        with path.open("rb") as file:
            return file.read(len(text)) == text.encode()
    except OSError:
        return False


def _home():
    try:
        return Path.home().resolve()
    except (RuntimeError, OSError):
        return None
