"""AnnData files of every version, and 10x Genomics' HDF5: cells x genes, from X, a layer or raw."""

import collections

import numpy as np

from deepae.config import formats
from deepae.data.readers import hdf5
from deepae.data.readers.matrix_market import expressed
from deepae.data.readers.table import Table, check_named, check_one_row_a_gene, check_unique, only_one, to_csr
from deepae.errors import DataError

SPECIES = 0.1  # share of the genes from which a genome is one of several species, and no virus or spike-in
KIND_COLUMNS = (
    "feature_types",
    "feature_type",
    "modality",
)  # of var, where CITE-seq and multiome data say what is what


def h5ad(sources, layer=None, raw=False, gene_column=None):
    """Read an h5ad file.

    Parameters
    ----------
    sources : list of one Source
        Not compressed.
    layer : str, optional
        A layer instead of X.
    raw : bool
        raw.X and raw.var instead of X and var.
    gene_column : str, optional
        The column of var that holds the gene ids; by default its index.

    Returns
    -------
    Table
        `obs` and `var` hold the columns of text, categories and whole numbers, as text. Where a column of `var` says
        kinds of features (`KIND_COLUMNS`), only the rows Gene Expression are read.
    """
    source = only_one(sources, "h5ad")
    if raw and layer:
        raise DataError(f"{source}: layer {layer!r} and raw: true, expected one of them")
    with hdf5.opened(source) as file:
        _check_kind(file, source)
        if "matrix" in tenx_groups(file):
            raise DataError(f"{source}: a 10x Genomics file, no h5ad; give it the ending .h5, or say layout 10x-h5")
        where = _place(file, source, layer, raw)
        var_name = "raw.var" if where == "raw.X" else "raw/var" if raw else "var"
        for name in ("obs", var_name):
            if name not in file:
                raise DataError(f"{source}: no {name}, found {', '.join(file)}; expected an h5ad")
        obs, var = _frame(file, "obs", source), _frame(file, var_name, source)
        cells = [_text(cell) for cell in obs.index]
        if gene_column is None and var.index.name == "position" and "gene_id" in var:
            gene_column = "gene_id"  # written by this pipeline
        if gene_column is not None and gene_column not in var:
            raise DataError(f"{source}: no column {gene_column!r} in var, found {', '.join(map(str, var)) or 'none'}")
        named = var.index.to_series() if gene_column is None else var[gene_column]
        genes = [_text(gene) if known else "" for gene, known in zip(named, named.notna(), strict=True)]
        notes = {"matrix": where}
        names = ("cell", cells), ("gene", genes)
        _check_shape(file[where], source, where, len(cells), len(genes))
        matrix = hdf5.matrix(file[where], f"{source}:{where}", *names, notes)
        obs, var = _text_columns(obs), _text_columns(var)
    if matrix.shape != (len(cells), len(genes)):
        raise DataError(f"{source}: {where} is {matrix.shape}, expected {len(cells)} cells x {len(genes)} genes")
    check_unique(cells, source, "cell", " in obs (obs_names_make_unique() of anndata makes them so)")
    kept = expressed(next((var[name] for name in KIND_COLUMNS if name in var), None), source, notes)
    if kept is not None:
        matrix, genes = matrix[:, kept], [genes[i] for i in kept]
        var = {name: [values[i] for i in kept] for name, values in var.items()}
    check_named(genes, source)
    check_one_row_a_gene(genes, source)
    return Table(matrix, genes, cells, var=var, obs=obs, notes=notes)


def tenx_h5(sources, genome=None):
    """Read the HDF5 of 10x Genomics' Cell Ranger: version 3 and later, or version 2 with one group a genome.

    `genome`: that group, or from version 3 on the genes of that genome alone.
    """
    source = only_one(sources, "10x-h5")
    with hdf5.opened(source, "a 10x Genomics .h5") as file:
        _check_kind(file, source)
        if "obs" in file and "var" in file:
            return h5ad(sources)
        groups = tenx_groups(file)
        if not groups:
            found = ", ".join(file)
            raise DataError(f"{source}: found {found or 'nothing'}, expected the group matrix of a 10x Genomics file")
        group = file["matrix" if "matrix" in groups else _one_genome(groups, genome, source)]
        cells = hdf5.strings(group["barcodes"])
        features = group["features"] if "features" in group else group
        genes = hdf5.strings(features["id" if "features" in group else "genes"])
        name = "name" if "features" in group else "gene_names"
        names = hdf5.strings(features[name]) if name in features else genes
        kinds = hdf5.strings(features["feature_type"]) if "feature_type" in features else None
        genomes = hdf5.strings(features["genome"]) if "genome" in features else [""] * len(genes)
        sparse = hdf5.sparse_matrix(group, str(source), group["shape"][:], "csc")
        if sparse.shape != (len(genes), len(cells)) or len(names) != len(genes):
            raise DataError(f"{source}: a matrix of {sparse.shape}, expected {len(genes)} genes x {len(cells)} cells")
        notes = {"matrix": group.name.strip("/")}
        matrix = to_csr(sparse.T, source, ("barcode", cells), ("gene", genes), notes)
    check_unique(cells, source, "barcode")
    check_named(genes, source)
    kept = expressed(kinds, source, notes)
    kept = np.arange(len(genes)) if kept is None else kept
    if "matrix" in groups:
        kept = _of_genome(kept, genomes, genome, source, notes)
    return Table(matrix[:, kept], [genes[i] for i in kept], cells, {"name": [names[i] for i in kept]}, notes=notes)


def _one_genome(genomes, wanted, source):
    """Return the genome that is read: the one that is wanted, or the only one."""
    if wanted is None and len(genomes) == 1:
        return genomes[0]
    if wanted not in genomes:
        found = f"genome {wanted!r} is not in it" if wanted else f"genomes {', '.join(genomes)}, expected one"
        raise DataError(f"{source}: {found}: reader='{{genome: {genomes[0]}}}'")
    return wanted


def _of_genome(kept, genomes, wanted, source, notes):
    """Return the positions of the genes of the genome that is wanted, or of all unless the file is of two species."""
    counts = collections.Counter(genomes[i] for i in kept)
    if wanted is None and sum(count >= SPECIES * len(kept) for count in counts.values()) < 2:
        return kept
    wanted = _one_genome([name for name, _ in counts.most_common()], wanted, source)
    if len(counts) > 1:
        left = len(kept) - counts[wanted]
        said = (
            f"{counts[wanted]} genes of {wanted} are read and {left} of others left out; all cells stay, of any species"
        )
        notes.setdefault("said", []).append(said)
    return np.array([i for i in kept if genomes[i] == wanted], dtype=int)


def _check_kind(file, source):
    kind = formats.of_groups(file)
    if any("pandas_type" in item.attrs for item in file.values()):
        kind = formats.PANDAS
    if kind is not None:
        raise DataError(f"{source}: {kind.message(source.path)}")


def tenx_groups(file):
    """Return the names of the groups that hold a matrix: ``matrix``, or before version 3 one a genome."""
    import h5py

    inside = [name for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)]
    groups = [name for name in inside if isinstance(file[name], h5py.Group)]
    return [name for name in groups if "barcodes" in file[name] and "data" in file[name]]


def _place(file, source, layer, raw):
    """Return the path of the matrix inside the file."""
    where = "raw/X" if raw else f"layers/{layer}" if layer else "X"
    if raw and "raw.X" in file:  # before anndata 0.7
        return "raw.X"
    if where not in file or _is_null(file[where]):
        layers = ", ".join(file["layers"]) if "layers" in file else ""
        there = [name for name in file if name != where]
        found = f"layers: {layers}" if layers else f"found {', '.join(there) or 'nothing'}"
        first = layers.split(", ")[0]
        way = f"; copy one to X: adata.X = adata.layers[{first!r}]; for `data` also reader='{{layer: {first}}}'"
        raw = "; for `data`: reader='{raw: true}'" if "raw.X" in file or "raw/X" in file else ""
        way = way if layers else raw
        raise DataError(f"{source}: no {where}, {found}{way}")
    return where


def _is_null(item):
    """Tell whether a data set has no value, as anndata writes an X that is None."""
    return getattr(item, "shape", ()) is None


def _check_shape(item, source, where, cells, genes):
    shape = getattr(item, "shape", None)
    if shape is not None and tuple(shape) != (cells, genes):
        hint = ": is it one cell or gene, written as a vector?" if len(shape) == 1 else ""
        raise DataError(f"{source}: {where} is {tuple(shape)}, expected {cells} cells x {genes} genes{hint}")


def _frame(file, name, source):
    """Return obs or var as a DataFrame, as any version of anndata wrote it."""
    import h5py
    import pandas as pd
    from anndata.io import read_elem

    item = file[name]
    if isinstance(item, h5py.Dataset):  # before 0.7: a table of compounds, whose first column is the index
        if item.dtype.names is None or item.ndim != 1:
            raise DataError(f"{source}: {name} is {item.dtype}, expected a table")
        values = item[()]
        columns = {key: _decoded(values[key]) for key in item.dtype.names}
        for key in item.dtype.names[1:]:
            categories = f"uns/{key}_categories"
            if categories in file and isinstance(file[categories], h5py.Dataset):
                labels = np.array([*hdf5.strings(file[categories]), ""], dtype=object)
                columns[key] = labels[np.clip(columns[key].astype(int), -1, len(labels) - 1)]
        frame = pd.DataFrame(columns)
        return frame.set_index(frame.columns[0])
    frame = read_elem(item)
    if isinstance(frame, pd.DataFrame):
        return frame
    index = item.attrs.get("_index", "index" if "index" in item else "_index")  # a group without encoding attributes
    if index not in frame:
        raise DataError(f"{source}: {name} has no names (found {', '.join(frame) or 'nothing'}), expected an h5ad")
    length = len(frame[index])
    columns = {key: _decoded(values) for key, values in frame.items() if key != index and np.shape(values) == (length,)}
    return pd.DataFrame(columns, index=pd.Index(_decoded(frame[index])))


def _decoded(values):
    values = np.asarray(values)
    if values.dtype.kind in "SO":
        return np.array([v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values], dtype=object)
    return hdf5.native(values)


def _text_columns(frame):
    kept = {}
    for name in frame:
        values = frame[name]
        if values.dtype == object or values.dtype.name in ("category", "string", "bool") or values.dtype.kind in "iuS":
            kept[str(name)] = [
                "" if missing else _text(value) for value, missing in zip(values, values.isna(), strict=True)
            ]
    return kept


def _text(value):
    """Return a name as text; some programs write bytes without saying that they are text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
