"""The errors a user can cause or mend. Each message is one line: where, what was found, what was expected."""


class DeepAEError(Exception):
    """A known error. Its message is one line that names the file, key or cell, what was found and what was expected."""


class ConfigError(DeepAEError):
    """The configuration, the catalogue or the method table is wrong."""


class DataError(DeepAEError):
    """An input file, or a matrix read from one, is wrong."""


class DownloadError(DeepAEError):
    """A file could not be fetched or verified."""


class MethodError(DeepAEError):
    """A method cannot be computed for this run; its row says `failed` and carries this message."""


def one_line(error):
    """Return an error's message, and where it arose if that was noted, as one line; its kind if it has no message."""
    text = " ".join(str(error).split()) or type(error).__name__
    return ": ".join([*getattr(error, "__notes__", ()), text])
