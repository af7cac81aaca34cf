"""Tables that lie the other way, have columns too many, or names that are no genes."""

import numpy as np
from inputs.making import *


@refuses(r"100% of the 60 cell names and \d+% of the 96 gene names are genes of mouse.*cells-by-genes", "mouse")
def plate_of_wells(folder):
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    values = np.random.RandomState(1).poisson(1, (96, N_GENES))
    return table(folder, "plate.csv", plain(wells, GENES, "well", values), ",")


@refuses(r"cell names and 0% of the 12 gene names are genes of human: the matrix lies the other way")
def transposed_without_organism(folder):
    return table(folder, "human.tsv", plain(CELLS, HUMAN[:N_GENES], "", COUNTS.T))


@refuses(r"the matrix lies the other way .*write it again with the cells in rows", "mouse")
def transposed_h5ad(folder):
    return h5ad(folder, COUNTS, cells=GENES, genes=CELLS)


@reads(reader={"layout": "cells-by-genes"}, organism="mouse")
def cells_by_genes_with_the_option(folder):
    return table(folder, "cells.csv", plain(CELLS, GENES, "cell", COUNTS.T), ",")


@refuses(r"column 2 is called 'EntrezID'.*no cell.*reader='\{annotations: 2\}'")
def entrez_column(folder):
    return table(folder, "symbols.txt", with_column("EntrezID", ENTREZ))


@reads(reader={"annotations": 2})
def entrez_column_with_the_option(folder):
    return entrez_column(folder)


@refuses(r"column 2 is called 'Length'")
def length_column(folder):
    return table(folder, "length.txt", with_column("Length", range(500, 560)))


@refuses(r"column 2 is called 'NCBI\.GeneID'")
def ncbi_column(folder):
    return table(folder, "ncbi.csv", with_column("NCBI.GeneID", ENTREZ), ",")


@refuses(r"column 2 \(chr\) with text such as 'chr1'")
def chromosome_column(folder):
    return table(folder, "chr.tsv", with_column("chr", [f"chr{i % 19 + 1}" for i in range(N_GENES)]))


@refuses(r"column 14 is called 'Total'.*remove it from the file")
def total_column(folder):
    return table(folder, "total.tsv", with_column("Total", COUNTS.sum(axis=1).astype(int), -1))


@refuses(r"'bp' has no zero and \d+ times the sum of any other: is it a cell\?")
def column_with_an_unknown_name(folder):
    return table(folder, "bp.tsv", with_column("bp", range(1020, 900, -2)))


@refuses(r"line 2: column 2 \(what it does\) with text such as 'does 0'")
def text_column(folder):
    return table(folder, "text.tsv", with_column("what it does", [f"does {i}" for i in range(N_GENES)]))


@refuses(r"all names of cells are numbers .*is the header missing\?")
def no_header(folder):
    return table(folder, "headerless.tsv", plain(values=COUNTS + 0.25)[1:])


@refuses(r"all names of cells are numbers .*is the header missing\?")
def no_header_counts(folder):
    return table(folder, "headerless.csv", plain()[1:], ",")


@reads(reader={"header": "none"}, cells=[f"headerless_{i}" for i in range(1, N_CELLS + 1)])
def no_header_with_the_option(folder):
    return table(folder, "headerless.tsv", plain()[1:])


@reads(cells=[str(i) for i in range(N_CELLS)])
def cells_called_by_numbers(folder):
    return table(folder, "numbers.tsv", plain(cells=range(N_CELLS), title=""))


LARGE = COUNTS.copy()
LARGE[3, 4] = 2**24 + 1
ROUNDED = LARGE.T.astype(np.float32)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED)
def large_counts(folder):
    rows = plain(values=COUNTS)
    rows[4][5] = 2**24 + 1
    return table(folder, "large.tsv", rows)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED)
def large_counts_h5ad(folder):
    return h5ad(folder, LARGE.T)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED, genes=ENSEMBL)
def large_counts_mtx(folder):
    return market(folder, LARGE)


@reads(r"1 gene names occur more than once; their rows stay apart", genes=["Twice", "Twice", *GENES[2:]])
def genes_twice(folder):
    return table(folder, "twice.tsv", plain(["Twice", "Twice", *GENES[2:]]))


@refuses(r"row 3 of the table has no name, expected one for every gene")
def gene_without_name(folder):
    return table(folder, "nameless.tsv", plain([*GENES[:2], "", *GENES[3:]]))


@refuses(r"gene 3 has no name")
def gene_without_name_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[*GENES[:2], "", *GENES[3:]])


@reads(
    r"2 gene names are dates or numbers made by a spreadsheet", genes=["1-Mar", "2-Sep", *GENES[2:]], organism="mouse"
)
def dates_of_a_spreadsheet(folder):
    return table(folder, "dates.csv", plain(["1-Mar", "2-Sep", *GENES[2:]]), ",")


@reads(r"5 summary rows such as __no_feature are no genes", organism="mouse")
def htseq(folder):
    summary = ["no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique"]
    more = plain([f"__{name}" for name in summary], values=np.full((5, N_CELLS), 9000))[1:]
    return table(folder, "htseq.tsv", plain() + more)


@reads(organism="mouse", genes=ENTREZ)
def entrez_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=ENTREZ)


@reads("the decimals .0 taken off 60 of 60", organism="mouse", genes=ENTREZ)
def entrez_with_decimals(folder):
    return table(folder, "entrez.csv", plain([f"{gene}.0" for gene in ENTREZ]), ",")


@reads("the letter X taken off 60 of 60", organism="mouse", genes=ENTREZ)
def entrez_of_r(folder):
    return table(folder, "entrez.tsv", plain([f"X{gene}" for gene in ENTREZ]))


@reads(organism="mouse", genes=[f"{s}|{e}" for s, e in zip(GENES, ENTREZ, strict=True)])
def symbol_and_entrez(folder):
    return table(folder, "tcga.tsv", plain([f"{s}|{e}" for s, e in zip(GENES, ENTREZ, strict=True)]))


@reads(organism="mouse", genes=[f"{e}.4_{s}" for s, e in zip(GENES, ENSEMBL, strict=True)])
def ensembl_and_symbol(folder):
    return table(folder, "both.tsv", plain([f"{e}.4_{s}" for s, e in zip(GENES, ENSEMBL, strict=True)]))


@refuses(r"they look like 0, 1, 2: numbers of rows.*column 'gene_name' .*reader='\{gene_column: gene_name\}'", "mouse")
def positions_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[str(i) for i in range(N_GENES)], var={"gene_name": GENES})


@reads(reader={"gene_column": "gene_name"}, organism="mouse")
def positions_h5ad_with_the_option(folder):
    return positions_h5ad(folder)


@refuses(r"0 of 60 gene names are known to mouse, expected at least 20%; .*: numbers of rows", "mouse")
def positions_table(folder):
    return table(folder, "positions.tsv", plain([f"gene{i}" for i in range(N_GENES)]))


@reads("genome prefix mm10_ taken off 60 of 60", organism="mouse")
def prefix_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[f"mm10_{gene}" for gene in GENES])


@reads("genome prefix GRCm38_ taken off 60 of 60", genes=ENSEMBL)
def prefix_mtx(folder):
    return market(folder, genes=[f"GRCm38___{gene}" for gene in ENSEMBL])


@refuses(r"genes of several genomes \(30 of mm10, 30 of GRCh38\)", "mouse")
def two_genomes(folder):
    return table(folder, "barnyard.tsv", plain([f"mm10_{g}" for g in GENES[:30]] + [f"GRCh38_{g}" for g in HUMAN[:30]]))


@refuses(r"start with mm10_, a genome of mouse, but the organism is human", "human")
def prefix_of_another_organism(folder):
    return prefix_h5ad(folder)


@refuses(r"as written, 60 of 60 gene names are symbols of human.*organism=human\?", "mouse")
def wrong_organism(folder):
    return table(folder, "human.tsv", plain(HUMAN[:N_GENES]))


@refuses(r"gene names are known to yeast.*they are genes of human: organism=human\?", "yeast")
def organism_that_none_of_them_has(folder):
    return table(folder, "human.tsv", plain(HUMAN[:N_GENES]))


@refuses(r"0 of 60 gene names are known to human.*genes of mouse: organism=mouse\?", "human")
def wrong_organism_ensembl(folder):
    return table(folder, "ensembl.tsv", plain(ENSEMBL))


@refuses(r"they look like .*: transcripts of Ensembl", "mouse")
def transcripts(folder):
    return table(folder, "transcripts.tsv", plain([gene.replace("MUSG", "MUST") for gene in ENSEMBL]))


@reads("100% of the gene names are genes of mouse: if the cells are, organism=mouse adds")
def no_organism(folder):
    return table(folder, "plain.tsv", plain())


NUMBERS = [str(number) for number in np.random.RandomState(5).permutation(9000)[:N_GENES]]
UNKNOWN = [f"FBgn{number:07d}" for number in range(N_GENES)]  # genes of a fly


@reads(genes=UNKNOWN, cells=NUMBERS[:N_CELLS])
def few_cells_called_by_random_numbers(folder):
    return table(folder, "cells.tsv", plain(UNKNOWN, NUMBERS[:N_CELLS], ""))


@reads(genes=UNKNOWN, cells=False, values=np.ones((400, N_GENES)))
def cells_called_by_random_numbers(folder):
    cells = np.random.RandomState(2).permutation(9999)[:400] + 1
    return table(folder, "cells.tsv", plain(UNKNOWN, cells, "", np.ones((N_GENES, 400))))


@refuses(r"gene names are numbers such as \d+, .*Entrez ids of human, as of any numbers of this size", "human")
def genes_called_by_shuffled_numbers(folder):
    return table(folder, "genes.tsv", plain(NUMBERS))


@refuses(r"\d+ of 60 gene names are known to mouse|gene names are numbers such as", "mouse")
def genes_called_by_some_row_numbers(folder):
    return table(folder, "genes.tsv", plain([str(300 * i + 7) for i in range(N_GENES)]))


@reads(organism="mouse", genes=[*ENTREZ[:51], *(f"1005{i:05d}" for i in range(9))])
def entrez_with_withdrawn_ids(folder):
    return table(folder, "old.tsv", plain([*ENTREZ[:51], *(f"1005{i:05d}" for i in range(9))], title="ENTREZID"))


@refuses(r"genes of mouse: the matrix lies the other way")
def entrez_in_columns(folder):
    return table(folder, "t.csv", plain(CELLS, ENTREZ, "cell", COUNTS.T), ",")


def without_names(rows, title=1):
    return [row[title:] for row in rows]


@refuses(r"column 1 \(AAACGAAT-1\), which names the genes, holds numbers .*values of a cell\? .*index=True in pandas")
def no_column_of_names(folder):
    return table(folder, "index.csv", without_names(plain()), ",")


@refuses(r"column 1 \(c_0\), which names the genes, holds numbers .*values of a cell")
def no_column_of_names_and_no_zero(folder):
    values = 100 + np.random.RandomState(4).permutation(N_GENES * N_CELLS).reshape(COUNTS.shape)
    return table(folder, "index.csv", without_names(plain(cells=[f"c_{i}" for i in range(12)], values=values)), ",")


@refuses(
    r"column 1 \(\w+\), which names the cells, holds numbers .*values of a gene\?", reader={"layout": "cells-by-genes"}
)
def no_column_of_names_of_cells(folder):
    return table(folder, "index.csv", without_names(plain(CELLS, GENES, "cell", COUNTS.T + 0.5)), ",")


@refuses(r"column 1 \(\w+\), which names the cells, holds numbers", reader={"layout": "cells-by-genes"})
def no_column_of_names_of_cells_and_whole_numbers(folder):
    values = 100 + np.random.RandomState(4).permutation(N_GENES * N_CELLS).reshape(COUNTS.T.shape)
    return table(folder, "index.csv", without_names(plain(CELLS, GENES, "cell", values)), ",")


@reads(organism="mouse", genes=[*ENTREZ[:-1], ENTREZ[0]])
def entrez_of_probes_repeat(folder):
    return table(folder, "probes.tsv", plain([*ENTREZ[:-1], ENTREZ[0]], title="ENTREZ_GENE_ID"))


@refuses(r"all names of genes are numbers .*is the header missing\?", reader={"layout": "cells-by-genes"})
def no_header_of_genes(folder):
    values = 100 + np.random.RandomState(4).permutation(N_CELLS * 5).reshape(N_CELLS, 5)
    return table(folder, "headerless.csv", plain(CELLS, list("abcde"), "cell", values)[1:], ",")


@refuses(r"row 60 of the table is called 'percent\.mt': that says something of a cell and is no gene")
def row_of_metadata(folder):
    return table(folder, "meta.tsv", plain([*GENES[:-1], "percent.mt"]))


@refuses(r"row 12 of the table is called 'Total': .*no cell", reader={"layout": "cells-by-genes"})
def total_row_among_cells(folder):
    return table(folder, "total.csv", plain([*CELLS[:-1], "Total"], GENES, "cell", COUNTS.T), ",")


@reads("1 summary rows such as TOTAL are no genes and left out", organism="mouse")
def total_row_among_genes(folder):
    return table(folder, "total.csv", plain() + [["TOTAL", *COUNTS.sum(axis=0).astype(int)]], ",")


@refuses(r"'size_in_all' is the sum of all other cells: is it a cell\?")
def column_of_sums_with_an_unknown_name(folder):
    return table(folder, "sums.tsv", with_column("size_in_all", COUNTS.sum(axis=1).astype(int)))


@refuses(r"'everything' is the sum of all other genes: is it a gene\?")
def row_of_sums_with_an_unknown_name(folder):
    return table(folder, "sums.tsv", plain() + [["everything", *COUNTS.sum(axis=0).astype(int)]])


@refuses(r"'V2' has whole numbers, all different, where the others have decimals: is it a cell\?")
def entrez_column_with_an_unknown_name(folder):
    rows = plain(values=COUNTS * 1.37 + 5)
    return table(folder, "ids.tsv", [[row[0], new, *row[1:]] for row, new in zip(rows, ["V2", *ENTREZ], strict=True)])


@refuses(r"'V2' has no zero and \d+ times the sum of any other: is it a cell\?")
def entrez_column_beside_counts_without_zeros(folder):
    rows = plain(values=COUNTS + 20)
    return table(folder, "ids.tsv", [[row[0], new, *row[1:]] for row, new in zip(rows, ["V2", *ENTREZ], strict=True)])


@refuses(r"'X' counts the rows: is it a cell\?")
def index_as_second_column(folder):
    return table(folder, "index.csv", with_column("X", range(1, N_GENES + 1)), ",")


@refuses(r"'V2' counts the rows: is it a gene\?", reader={"layout": "cells-by-genes"})
def index_as_second_column_of_cells(folder):
    rows = plain(CELLS, GENES, "cell", COUNTS.T)
    return table(
        folder, "index.csv", [[row[0], new, *row[1:]] for row, new in zip(rows, ["V2", *range(12)], strict=True)], ","
    )


@refuses(r"column 2 is called 'Unnamed: 0'")
def index_of_pandas_as_second_column(folder):
    return table(folder, "index.csv", with_column("Unnamed: 0", range(3, N_GENES + 3)), ",")


@refuses(r"column 6 is called 'length': .*remove it from the file")
def length_in_the_middle(folder):
    """Nothing is advised that would keep the four cells before it as annotations."""
    return table(folder, "length.tsv", with_column("length", [700, 800] * 30, 5))


@refuses(r"the columns hold counts and length of the same cells, expected one quantity")
def three_tables_of_tximport(folder):
    rows = plain(cells=[f"counts.{c}" for c in CELLS])
    more = plain(cells=[f"length.{c}" for c in CELLS], values=COUNTS + 900)
    return table(folder, "tximport.csv", [row + new[1:] for row, new in zip(rows, more, strict=True)], ",")


@refuses(r"avg_signal and detection pval of the same cells")
def detection_beside_each_signal(folder):
    cells = [f"{c}.{what}" for c in CELLS for what in ("AVG_Signal", "Detection Pval")]
    return table(folder, "illumina.tsv", plain(cells=cells, values=np.repeat(COUNTS, 2, axis=1)))


@refuses(r"line 2: text in every column \(ctrl, ctrl, ctrl\), expected values: a second line of names")
def second_line_of_names(folder):
    rows = plain()
    return table(folder, "two.tsv", [rows[0], ["", *["ctrl"] * 6, *["case"] * 6], *rows[1:]])


@refuses(r"line 2, column 2: found '-', expected a number")
def dashes_for_missing_values(folder):
    rows = plain()
    rows[1][1] = "-"
    return table(folder, "dash.tsv", rows)


@reads("3 summary rows such as Total are no genes and left out", organism="mouse")
def totals_above_and_below(folder):
    rows = plain()
    total, mean = ["Total", *COUNTS.sum(axis=0)], ["Mean", *COUNTS.mean(axis=0)]
    return table(folder, "totals.csv", [rows[0], total, *rows[1:], mean, total], ",")


@reads(organism="mouse", genes=[f"{s} ({e})" for s, e in zip(GENES, ENTREZ, strict=True)])
def symbol_and_entrez_in_brackets(folder):
    return table(folder, "depmap.tsv", plain([f"{s} ({e})" for s, e in zip(GENES, ENTREZ, strict=True)]))


@refuses(r"column 14 is called 'ctrl_mean', as a summary of other columns is, and 12 columns are not")
def means_of_groups(folder):
    rows = with_column("ctrl_mean", COUNTS[:, :6].mean(axis=1), -1)
    return table(folder, "means.tsv", rows)


@reads(cells=[f"{cell}_mean" for cell in CELLS])
def cells_that_are_means(folder):
    return table(folder, "means.tsv", plain(cells=[f"{cell}_mean" for cell in CELLS]))


@refuses(r"column 2 is called 'x': that says something of a cell.*annotations: 3", reader={"layout": "cells-by-genes"})
def places_of_cells(folder):
    rows = plain(CELLS, GENES, "cell", COUNTS.T)
    places = ["xy", *[(1.5, 2.5)] * N_CELLS]
    return table(folder, "spots.csv", [[row[0], *xy, *row[1:]] for row, xy in zip(rows, places, strict=True)], ",")


FLY = [f"FBgn{i:07d}" for i in range(N_GENES)]
WELLS = "A1 C1 C2 C3 C4 C5 F2 F3 F5 F7 F8 H12".split()


@reads(genes=FLY, cells=WELLS)
def wells_of_a_plate_that_are_symbols(folder):
    return table(folder, "plate.tsv", plain(FLY, WELLS))


@reads(cells=GENES[:N_CELLS], organism="mouse")
def knock_outs_named_by_their_gene(folder):
    return table(folder, "knockout.tsv", plain(cells=GENES[:N_CELLS]))


TIMES = [f"{hours:g}" for hours in np.arange(N_CELLS) / 2]


@reads(cells=TIMES)
def times_as_names(folder):
    return table(folder, "times.tsv", plain(cells=TIMES))


SD = [f"mouse{i}_{'SD' if i % 2 else 'HC'}" for i in range(N_CELLS)]


@reads(cells=SD)
def sleep_deprivation(folder):
    return table(folder, "sleep.tsv", plain(cells=SD))


@refuses(r"column 2 is called 'GC': .*; if it is a cell: reader='\{annotations: 1\}'")
def germinal_centre(folder):
    return table(folder, "gc.tsv", plain(cells=["GC", *CELLS[1:]]))


@reads(cells=["GC", *CELLS[1:]], reader={"annotations": 1})
def germinal_centre_that_is_a_cell(folder):
    return table(folder, "gc.tsv", plain(cells=["GC", *CELLS[1:]]))
