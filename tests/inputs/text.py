"""Separators, comments, line ends and encodings; series matrices; archives, and files of other programs."""

import gzip

from inputs.making import *


@reads(cells=[f"Astrocyte, rep {i}" for i in range(N_CELLS)])
def commas_in_names(folder):
    return table(folder, "semicolon.csv", plain(cells=[f"Astrocyte, rep {i}" for i in range(N_CELLS)]), ";")


@reads(cells=[f"a;b {i}" for i in range(N_CELLS)])
def semicolons_in_names(folder):
    return table(folder, "comma.csv", plain(cells=[f"a;b {i}" for i in range(N_CELLS)]), ",")


@reads(genes=[f"{gene}, alpha" for gene in GENES])
def commas_in_genes(folder):
    return table(folder, "tab.tsv", plain([f"{gene}, alpha" for gene in GENES]))


@reads()
def spaces_of_r(folder):
    rows = plain(cells=[f'"{cell}"' for cell in CELLS], genes=[f'"{gene}"' for gene in GENES])
    rows[0].pop(0)
    return table(folder, "r.txt", rows, " ")


@refuses(r"found '1,5', expected a number with a point as decimal sign")
def decimal_commas(folder):
    rows = plain()
    rows[1][1] = "1,5"
    return table(folder, "comma.csv", rows, ";")


@refuses(r"runs of spaces between the columns\?")
def aligned_columns(folder):
    return table(folder, "aligned.txt", [[f"{value:>20}" for value in row] for row in plain()], "")


@reads("1 comment line .* passed over", organism="mouse")
def comment_above(folder):
    return table(folder, "hash.csv", plain(), ",", "# counts, generated 2021-03-02, mm10\n")


@reads("2 comment lines")
def drop_seq(folder):
    above = "#DGE\tVERSION:1.1\tEXPRESSION_FORMAT:raw\n#INPUT\tx.bam\n"
    return table(folder, "drop.txt", plain(title="GENE"), "\t", above)


@reads()
def header_with_a_hash(folder):
    return table(folder, "hash.tsv", plain(title="#gene"))


@reads("featureCounts table", genes=ENSEMBL, organism="mouse")
def feature_counts(folder):
    rows = plain(ENSEMBL, [f"/data/bam/{cell}.bam" for cell in CELLS], "Geneid")
    more = [["Chr", "Start", "End", "Strand", "Length"]] + [["chr1;chr1", "1;9", "5;20", "+;+", 17]] * N_GENES
    rows = [[row[0], *extra, *row[1:]] for row, extra in zip(rows, more, strict=True)]
    return table(folder, "counts.txt", rows, "\t", '# Program:featureCounts v2.0.1; Command:"featureCounts" "-T" "8"\n')


@reads("featureCounts table", genes=ENSEMBL)
def feature_counts_without_its_first_line(folder):
    path = feature_counts(folder)
    path.write_text(path.read_text().partition("\n")[2])
    return path


@reads("GCT file")
def gct(folder):
    rows = with_column("Description", ["na"] * N_GENES)
    rows[0][0] = "Name"
    return table(folder, "counts.gct", rows, "\t", f"#1.2\n{N_GENES}\t{N_CELLS}\n")


@reads()
def sep_semicolon(folder):
    return table(folder, "excel.csv", plain(), ";", "sep=;\n")


@reads()
def sep_comma(folder):
    return table(folder, "excel.csv", plain(), ",", "\ufeffsep=,\n")


@reads()
def sep_in_quotes(folder):
    path = table(folder, "excel.csv", plain(), ";", '"sep=;"\n')
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    return path


@refuses(r"text in UTF-16 \(Excel's Unicode text\)")
def unicode_text(folder):
    path = table(folder, "excel.txt", plain())
    path.write_bytes(path.read_text().encode("utf-16"))
    return path


@refuses(r"lines that end as on an old Mac")
def carriage_returns_alone(folder):
    path = table(folder, "mac.csv", plain(), ",")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    return path


@refuses(r"line 1: .*expected UTF-8 text \(iconv -f latin1")
def latin_1(folder):
    path = table(folder, "latin.csv", plain(cells=[f"café {i}" for i in range(N_CELLS)]), ",")
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    return path


@refuses(r"a title above the table\? remove it")
def title_above(folder):
    return table(folder, "title.csv", plain(), ",", "Supplementary Table 1\n\n")


@refuses(r"a title above the table\? remove it")
def title_with_a_comma_above(folder):
    return table(folder, "title.csv", plain(), ",", "Supplementary Table 1. Counts, by cell\n")


@reads("1 gene names are dates or numbers", organism="mouse", genes=["#NAME?", *GENES[1:]])
def error_of_a_spreadsheet(folder):
    return table(folder, "error.csv", plain(["#NAME?", *GENES[1:]]), ",")


@reads(genes=PROBES, cells=SAMPLES)
def line_feeds_in_metadata(folder):
    return series(folder, '!Series_summary\t"Kidney tumors\nKeywords = kidney\nKeywords: other"\n\n')


@reads(genes=PROBES, cells=SAMPLES)
def carriage_returns_in_metadata(folder):
    return series(folder, '!Sample_data_processing\t"from Affymetrix\r"\t"from Affymetrix\r"\n')


@reads(genes=PROBES, cells=SAMPLES)
def both_ends_of_lines_in_metadata(folder):
    return series(folder, '!Sample_characteristics_ch1\t"age: 3\r\n4"\t"age:\n"\n"ID_REF"\n', "\r\n")


@reads(genes=PROBES, cells=SAMPLES)
def latin_1_in_metadata(folder):
    path = series(folder, '!Series_title\t"Zürich, 5 µM"\n')
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    return path


@reads(genes=PROBES, cells=SAMPLES)
def quotes_in_metadata(folder):
    return series(folder, '!Series_summary\t"the "best" series\x00"\n!Sample_title\t"a"b\n', "\r\n")


@refuses("no probes, .*supplementary files: give one of them")
def series_of_sequencing(folder):
    path = series(folder, "")
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "_at" not in line))
    return path


@reads("probes have no symbols here, and no gene sets are tested", genes=PROBES, cells=SAMPLES, organism="mouse")
def series_with_organism(folder):
    return series(folder, "")


@reads()
def zip_of_a_mac(folder):
    return packed(folder, {"counts.csv": csv_bytes(folder), "__MACOSX/._counts.csv": b"\0\5\x16\7"})


@reads()
def zip_with_litter(folder):
    return packed(folder, {"a/.DS_Store": b"\0", "a/counts.csv": csv_bytes(folder), "a/Thumbs.db": b"\0"})


@reads()
def zip_with_a_name_of_its_own(folder):
    return packed(folder, {"my data/counts.csv": csv_bytes(folder)}, "my data.zip")


@refuses(r"HDF5 under another name.*\.h5ad")
def zip_with_an_h5ad(folder):
    return packed(folder, {"cells.h5ad": h5ad(folder, COUNTS.T).read_bytes()}, "cells.zip")


@refuses(r"2 members and none is named.*unpack it and give that file")
def zip_with_two_tables(folder):
    return packed(folder, {"a.csv": csv_bytes(folder), "b.csv": csv_bytes(folder)})


@refuses(r"an Excel workbook, which is not read; save the sheet as CSV")
def workbook_called_csv(folder):
    return packed(folder, {"[Content_Types].xml": "", "xl/workbook.xml": ""}, "book.csv")


@refuses(r"an OpenDocument sheet")
def open_document_called_csv(folder):
    return packed(folder, {"mimetype": "", "content.xml": ""}, "book.csv")


@refuses(r"old Excel")
def old_workbook_called_txt(folder):
    path = folder / "book.txt"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    return path


@refuses(r"an R object, which is not read; in R")
def r_object_called_tsv(folder):
    path = folder / "seurat.tsv.gz"
    path.write_bytes(gzip.compress(b"X\n\0\0\0\3" + bytes(90)))
    return path


@refuses(r"line 2 says 61 genes and the table has 60 rows, .*is the file cut off\?")
def gct_that_lost_a_row(folder):
    path = gct(folder)
    path.write_text(path.read_text().replace(f"\n{N_GENES}\t", f"\n{N_GENES + 1}\t", 1))
    return path


@refuses(r"line 2 says 11 samples and the header names 12, expected the same number")
def gct_with_a_column_too_many(folder):
    path = gct(folder)
    path.write_text(path.read_text().replace(f"\t{N_CELLS}\n", f"\t{N_CELLS - 1}\n", 1))
    return path


@refuses(r"line 2: found 'genes by cells', expected the numbers of genes and of samples")
def gct_without_dimensions(folder):
    path = gct(folder)
    path.write_text(path.read_text().replace(f"\n{N_GENES}\t{N_CELLS}\n", "\ngenes by cells\n", 1))
    return path


@reads("100 comment lines .* passed over")
def many_comments(folder):
    return table(folder, "many.tsv", plain(), "\t", "".join(f"## contig {i}\n" for i in range(100)))


@reads("1 comment line ")
def quoted_header_with_a_hash(folder):
    rows = plain(cells=[f'"{cell}"' for cell in CELLS], genes=[f'"{gene}"' for gene in GENES], title='"#gene"')
    return table(folder, "hash.csv", rows, ",", "# made by R\n")


@reads("2 comment lines", reader={"annotations": 2})
def header_with_a_hash_and_a_description(folder):
    return table(folder, "hash.tsv", described("#gene"), "\t", "# a\n# b\tc\n")


def described(title):
    rows = with_column("what", [f"does {i}" for i in range(N_GENES)])
    rows[0][0] = title
    return rows


def with_value(value, mark=";"):
    rows = plain()
    rows[1][1] = value
    return rows


@refuses(r"found '1,001', expected a number with a point as decimal sign and without thousands separators")
def thousands(folder):
    return table(folder, "thousands.tsv", with_value("1,001"))


@refuses(r"found '12,001', ',' inside a quoted value, expected a number .*without thousands separators")
def thousands_in_quotes(folder):
    return table(folder, "thousands.csv", with_value('"12,001"'), ",")


@refuses(r"found '1\\xa0001', expected a number without thousands separators")
def thousands_of_france(folder):
    return table(folder, "thousands.tsv", with_value("1\u00a0001"))


@refuses(r"numbers such as \d+\.\d{3} beside \d+, .*thousands separators\? Write them without")
def thousands_of_germany(folder):
    values = np.random.RandomState(3).randint(0, 9000, COUNTS.shape)
    rows = plain()
    for row, numbers in zip(rows[1:], values, strict=True):
        row[1:] = [f"{number:,}".replace(",", ".") for number in numbers]
    return table(folder, "thousands.csv", rows, ";")


@refuses(r"columns separated by \|\? write tabs")
def bars(folder):
    return table(folder, "bars.txt", plain(), "|")


@reads(organism="mouse")
def invisible_characters(folder):
    genes = [f"\u200b{GENES[0]}", f"{GENES[1]}\u00a0", f"\ufeff{GENES[2]}", *GENES[3:]]
    return table(
        folder, "seen.tsv", plain(genes, [f"{CELLS[0]}\u200b", *CELLS[1:]], "\u200bgene"), "\t", "\ufeff\ufeff"
    )


@refuses(r"text in UTF-16 without its mark; .*iconv -f UTF-16LE")
def unicode_text_without_its_mark(folder):
    path = table(folder, "excel.txt", plain())
    path.write_bytes(path.read_text().encode("utf-16-le"))
    return path


@reads("1 comment line ")
def sep_above_a_comment(folder):
    return table(folder, "excel.csv", plain(), ";", "sep=;\n# made by hand\n")


@refuses(r"2 lines that all start with #, expected a table below them")
def comments_alone(folder):
    return table(folder, "comments.txt", [], "\t", "# one\n# two\n")


@reads("GCT file")
def gct_in_quotes(folder):
    path = gct(folder)
    lines = path.read_text().splitlines()
    path.write_text("".join("\t".join(f'"{field}"' for field in line.split("\t")) + "\n" for line in lines))
    return path


@refuses(r"line 2, column 2: found '\uff12', expected a number")
def digits_of_another_script(folder):
    return table(folder, "wide.tsv", with_value("\uff12"))


@reads("probes have no symbols here", genes=PROBES, cells=SAMPLES, organism="mouse")
def series_of_a_strain(folder):
    return series(folder, '!Sample_organism_ch1\t"Mus musculus domesticus"\t"Mus musculus domesticus"\n')


@refuses("organism Homo sapiens, expected Mus musculus .*organism=human$", organism="mouse")
def series_of_another_species(folder):
    return series(folder, '!Sample_organism_ch1\t"Homo sapiens"\t"Homo sapiens"\n')


@reads()
def packed_twice(folder):
    path = folder / "counts.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress(csv_bytes(folder))))
    return path


@refuses(r"a tar archive, which is not read; unpack it with tar -xf")
def tar_called_tsv(folder):
    import tarfile

    csv_bytes(folder)
    with tarfile.open(folder / "counts.tsv.gz", "w:gz") as archive:
        archive.add(folder / "counts.csv", "counts.csv")
    return folder / "counts.tsv.gz"


@refuses(r"compressed three times or more, expected once")
def packed_three_times(folder):
    path = folder / "counts.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress(gzip.compress(csv_bytes(folder)))))
    return path
