"""Files as people bring them, made here: one small input for each oddity, and what must become of it.

    cd tests && python -m inputs FOLDER      writes all of them, to look at or to try with `data=`

Each stands for a kind that was seen in bug reports or public files; nothing in them is anybody's data.
"""

from inputs import containers, cytometry, tables, text
from inputs.making import GENES, INPUTS, N_CELLS, N_GENES, fcs, fcs_bytes, plain, table, tenx

__all__ = ["GENES", "INPUTS", "N_CELLS", "N_GENES", "containers", "cytometry", "fcs", "fcs_bytes", "plain", "table"]
__all__ += ["tables", "tenx", "text"]
