"""Write all inputs, and a table of what must become of them."""

import io
import sys
from pathlib import Path

from inputs import INPUTS


def main(folder):
    folder = Path(folder)
    stream = io.StringIO()
    for name, case in INPUTS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        path = case.build(folder / name)
        print(path, "read" if case.read is not None else "refused", case.message, sep="\t", file=stream)
    (folder / "INPUTS.tsv").write_text(stream.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
