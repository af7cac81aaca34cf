"""Do the names of a text table's rows and columns name cells and genes, or something that is said of them?

Exports of Biomart, Seurat, scanpy, DESeq2 and featureCounts keep lengths, places, totals and clusters beside the
values. Names are compared by their letters and digits; no symbol of mouse, human or yeast is among them.
"""

import itertools
import re

from deepae.data.readers.heading import NUMBER
from deepae.errors import DataError

LEADING = 6  # columns among which short words such as GC mean what they say, and not a gene or a cell
EDGE = 10  # rows at either end that are looked at: where totals and rows of metadata stand

_OF_GENES = """
    accession annotation appris average avg band basemean biotype cds chr chrom chromosome class coverage cytoband
    desc description dispersions dispersionsnorm end ensembl entrez entrezgene fdr featuretype featuretypes gene genes
    genetype gesamt go goterm hgnc highlyvariable id karyotypeband laenge lfcse locus locustag longueur mean means
    median mgi mittelwert moyenne name ncbi ncells numcells orf padj probe probeset pvalue refseq rowsum rowsums sd
    seqnames somme start stat stop strand sum summe sums symbol total totale totals transcript tsl tss tx type unigene
    uniprot variance
""".split()
_GENES_IN_FRONT = ("gc", "go", "pos", "sd", "end", "stop", "class", "type", "name", "id", "tes")
_CELLS_IN_FRONT = ("x", "y", "z", "row", "col", "column", "time", "rin")
_WHAT = "gene|transcript|exon|exonic|cds|coding|tx|genomic|effective|eff|mean|median|total|merged|union|feature"
_BASES = "ensembl|entrez|ncbi|hgnc|mgi|sgd|rgd|zfin|flybase|wormbase|refseq|unigene|uniprot|swissprot|ucsc|vega|havana"
_SAID_OF_GENES = re.compile(
    rf"({_WHAT})*(genes?)?(lengths?|len|sizes?|widths?)(in)?(bp|kb|nt|bases)?"
    r"|(gene|transcript|exon|tx|cds|chr|chromosome|chrom|genomic)?(start|end|stop|strand|position|coords?|coordinates?|location)"
    r"(position)?(in)?(bp|hg19|hg38|mm9|mm10)?"
    r"|(chromosome|chrom|chr|seqname|seqid|contig|scaffold)s?(scaffold)?(name|number|no)?"
    rf"|({_BASES}|genes?|transcript|protein|probe|probeset|feature|locus|external|official|affy|agilent|illumina)+"
    r"(gene|transcript|peptide|protein|stable|transcriptid|geneid|idversion)*(ids?|idversion|version|accession|acc|names?|symbols?|shortname"
    r"|description|desc|title|type|biotype|source|synonyms?|alias|aliases|status|tag|tags|count)"
    r"|transcriptlength\w+|transcriptionstartsite(tss)?|transcriptsupportlevel(tsl)?|transcriptcount|gencodebasic(annotation)?|apprisannotation"
    r"|(gene|percentgene|percentage|percentagegene|percent|genepercent|pct)?gc(content|percent|percentage|pct)"
    r"|(percent|percentage|pct|genepercent)gc(content)?"
    r"|(gene|row|grand|overall)(totals?|sums?|means?|averages?|avg|medians?|variances?|vars?|sds?|stdev)"
    r"|(totals?|sums?|means?|averages?|avg|medians?)(counts?|reads|umis?|expression|expr|fpkm|tpm|rpkm|cpm)"
    r"|basemean[ab]?|(log|log2|ln)?foldchange\w*|log2?fc\w*|logcpm|aveexpr|lfcse"
    r"|(adjusted|adj|raw|nominal)?[pq](val|vals|value|values|adj|adjust|adjusted)|(detection)?[pq]?val(ue)?(adj|adjusted)?|adj[pq]val(ue)?"
    r"|(log1p)?(meancounts|totalcounts)|(n|num|number|nr)(of)?cells(bycounts)?|(pct|percent)dropout(bycounts)?"
    r"|(kmeans)?clusters?(id|no|number)?|module(color|colour|id)?"
    r"|vst(mean|variance)\w*|sct(detectionrate|gmean|variance|residual\w+)"
    r"|\w*(entrez|entrezid|ensembl|symbol|biotype|chromosome|description|strand|genelength|geneid|nameid|mrnaid|stableid)"
)

_OF_CELLS = """
    age arraycol arrayrow barcode batch celltype celltypes cluster clusters condition day detected discard donor group
    imagecol imagerow intissue label lane leiden louvain mitoratio nucleated origident outlier patient phase plate
    pxlcolinfullres pxlrowinfullres replicate sample sex size sizefactor stage sum sums timepoint tissue total totals
    totalumi treatment tsne1 tsne2 umap1 umap2 well
""".split()
_OF = "rna|sct|adt|hto|atac|spatial|peaks|integrated|originalexp|refassay|mt|mito|ribo|hb"
_SHARE = "percent|percentage|pct|perc|frac|fraction|prop|proportion|ratio"
_MITO = "mt|mito|mitochondrial|mitochondria|ribo|ribosomal|rb|rps|rpl|hb|hbb|hemoglobin|heatshock|ercc|spike|spikein"
_SAID_OF_CELLS = re.compile(
    rf"(n|num|number|nr|nof|log1pn|log1p|log10|log10n|log1ptotal|log10total|total|sum)(of)?(counts?|features?|genes?|umis?|reads?|cells?"
    rf"|peaks?|fragments?)({_OF}|detected|by\w+|per\w+|in\w+)*"
    rf"|({_SHARE})(of)?(counts?)?({_MITO}|intop\d+\w*|dropout\w*|largestgene)(counts?|genes?|reads?|umis?)?"
    rf"|({_MITO})({_SHARE}|genes?{_SHARE}|content)"
    r"|\w*scores?\d{0,2}|\w*doublets?\d{0,2}|\w*scrublet\w*|dfclassifications?\w*|pann\d{6,}"
    r"|\w*snnres\w*|seuratclusters?\w*|(leiden|louvain)(r|res|resolution)?\d*"
    r"|(old|orig|new|active|stash)ident\w*"
    r"|(multi|hash|hto|adt|sample|donor|batch|cell|well|plate|patient|library|run|lane|subject|individual|mouse|animal"
    r"|barcode|replicate|experiment|channel|condition|cluster|celltype|group)(ids?|names?|labels?|no|number|idx|index|code|types?)"
    r"|(hto|rna|multi)(classification|classificationglobal|maxid|secondid|margin)"
    r"|(cc|cellcycle)(difference|phase)|log10genesperumi"
    r"|\w*pseudotime\d*|latenttime|velocity(length|confidence\w*)|sizefactors?"
    r"|(wnn|x|int)?(umap|tsne)\d{1,2}|(subsets|altexps)\w+(sum|detected|percent)"
)
_DIMENSION = re.compile(
    r"(x_?)?(pc|pca|ica?|dc|dm|lsi|mds|harmony|scvi|umap|t-?sne|phate|factor|topic)[_. ]\d{1,3}", re.I
)
_SUM = re.compile(
    r"((grand|overall|column|col)[ _.-]?)?(totals?|sums?|summe|gesamt|somme|average|mean|median)"
    r"|(library|lib)[ _.-]?size|(totals?|sum)[ _.-](counts?|reads|umis?)",
    re.IGNORECASE,
)
_QUANTITY = (
    "raw|raw_?counts?|counts?|expected_?counts?|reads?|umis?|tpm|fpkm|rpkm|cpm|abundance|length|norm|normali[sz]ed"
    "|signal|avg[_.]signal|detection[ _.]?p[_.-]?val(?:ue)?|p[_.-]?val(?:ue)?|stderr|bead[_.]stderr"
)
_FIRST = re.compile(rf"(?P<quantity>{_QUANTITY})[ ._:-]+(?P<cell>.+)", re.IGNORECASE)
_LAST = re.compile(rf"(?P<cell>.+?)[ ._:-]+(?P<quantity>{_QUANTITY})", re.IGNORECASE)
_SUMMARY = re.compile(
    r"(mean|average|avg|median|stdev)[ ._-].+|.+[ ._-](mean|average|avg|median|stdev|sd|sem)", re.IGNORECASE
)
_TITLES = """
    barcode barcodes cell cellid cells cellname ensembl ensemblid entrez feature features gene geneid genes genename
    genenames genesymbol id idref index name names number orf probe probeid row rowname rownames sample samples symbol
    symbols targetid unnamed0 well x
    compound compoundid donor donorid featureid individual metabolite metaboliteid mz otuid patient patientid peak
    protein proteinid proteins sampleid sampleids subject subjectid
    cellbarcode cellbarcodes cellids event key obs obsnames samplename spot varnames
""".split()
_IF_NOT = "; if it is a {}: reader='{{annotations: 1}}'"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad")) | {0xA0: " ", 0x202F: " "}


def tidy(name):
    """Take invisible characters and spaces around it off a name; a space that does not break is a space."""
    return (name if name.isascii() else name.translate(_INVISIBLE)).strip()


def is_sum(name):
    """Tell whether a row among the genes is their total or mean."""
    return bool(_SUM.fullmatch(name))


def said_of(name, of, front=True):
    """Tell whether a name is that of something known about a gene or a cell (`of`), and no measured value.

    `front`: whether it stands where annotations do, so that short words are taken at their word.
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower().replace("%", "percent").replace("ä", "ae"))
    if re.fullmatch(r"unnamed\d+", plain):  # an index that pandas wrote
        return True
    if plain in (_CELLS_IN_FRONT if of == "cell" else _GENES_IN_FRONT):
        return front
    if of == "cell":
        return plain in _OF_CELLS or bool(_SAID_OF_CELLS.fullmatch(plain) or _DIMENSION.fullmatch(name.strip()))
    return plain in _OF_GENES or bool(_SAID_OF_GENES.fullmatch(plain))


def check_columns(columns, titles, heading, source, of):
    """Refuse a missing header, and a column that is no value; `of`: what the columns are, "cell" or "gene".

    Nothing is refused that the caller has said: a number of annotations, or a kind of header.
    """
    _check_header(columns, titles, source, of)
    if heading.given:
        return
    other = "gene" if of == "cell" else "cell"
    _check_quantities(columns, source)
    _check_summaries(columns, heading, source, of)
    found = {}
    for position, name in enumerate(columns, start=heading.annotations + 1):
        if said_of(name, other, position - heading.annotations <= LEADING):
            found[position] = name
    if found:
        position, name = next(iter(found.items()))
        last = heading.annotations + len(found)
        way = "from the file" if max(found) > last else f"or keep it with reader='{{annotations: {last}}}'"
        raise DataError(
            f"{source}: column {position} is called {name!r}: that says something of a {other} and is no {of}; "
            f"remove it {way}{_IF_NOT.format(of)} (docs/input.md)"
        )


def _check_quantities(columns, source):
    """Refuse counts, TPM and lengths of the same cells side by side, as tximport, RSEM and Cufflinks give them."""
    stems = {}
    for name in columns:
        match = _FIRST.fullmatch(name) or _LAST.fullmatch(name)
        if match:
            stems.setdefault(match["quantity"].lower(), set()).add(match["cell"])
    for one, other in itertools.combinations(stems, 2):
        if len(stems[one] & stems[other]) > 1:
            raise DataError(
                f"{source}: the columns hold {one} and {other} of the same cells, expected one quantity: keep the "
                f"columns of one{_IF_NOT.format('cell')}"
            )


def _check_summaries(columns, heading, source, of):
    """Refuse means and deviations of groups beside the cells; where most columns are means, these are cells."""
    found = [at for at, name in enumerate(columns) if _SUMMARY.fullmatch(name)]
    if not any(re.search("mean|average|avg|median|stdev", columns[at], re.IGNORECASE) for at in found):
        return  # SD and SEM alone: stable disease, sleep deprivation, a cell line
    if of == "cell" and 0 < len(found) <= len(columns) / 2:
        raise DataError(
            f"{source}: column {found[0] + heading.annotations + 1} is called {columns[found[0]]!r}, as a summary of "
            f"other columns is, and {len(columns) - len(found)} columns are not; remove it{_IF_NOT.format(of)}"
        )


def check_rows(rows, titles, heading, source, of):
    """Refuse names of rows that are values, and rows at the ends that are no cell or gene; `of`: what the rows are."""
    if heading.given:
        return
    _check_names(rows, titles, heading, source, of)
    other = "gene" if of == "cell" else "cell"
    for position in {*range(len(rows))[:EDGE], *range(len(rows))[-EDGE:]}:
        name = rows[position]
        if said_of(name, other, front=False) and not (of == "gene" and is_sum(name)):
            raise DataError(
                f"{source}: row {position + 1} of the table is called {name!r}: that says something of a {other} and "
                f"is no {of}; remove it from the file{_IF_NOT.format(of)} (docs/input.md)"
            )


def _is_title(title):
    plain = re.sub(r"[^a-z0-9]", "", title.lower())
    return (
        not plain
        or plain in _TITLES
        or said_of(title, "gene")
        or bool(re.search("entrez|(gene|cell)_?(id|name)", title, re.I))
    )


def _check_names(names, titles, heading, source, of):
    """Refuse numbers that are values of the first cell or gene: the table has no column of names."""
    if not names or not all(NUMBER.fullmatch(name) for name in names):
        return
    title = tidy(titles[0]) if titles else ""
    numbers = [float(name) for name in names]
    values = any(number != int(number) or number < 0 for number in numbers if number < 1e15) or numbers.count(0) > 1
    rising = all(b == a + 1 for a, b in itertools.pairwise(numbers))
    like = (
        bool(title and heading.fields) and len(heading.fields) > 1 and _shape(title) == _shape(tidy(heading.fields[1]))
    )
    if values or (like and not rising) or not (rising or _is_title(title)):
        first = f"column 1 ({title[:30]})" if title else "column 1"
        column = "row.names = TRUE in R, index=True in pandas"
        raise DataError(
            f"{source}: {first}, which names the {of}s, holds numbers ({', '.join(names[:3])}, …): values of a "
            f"{'cell' if of == 'gene' else 'gene'}? Write the table with a column of names ({column})"
            "; if they are names: reader='{annotations: 1}' (docs/input.md)"
        )


def _shape(name):
    """Return what names of one series share: Cell_9 and Cell_10, two barcodes, two Ensembl ids."""
    return re.sub(r"\b[ACGT]{6,}\b", "ACGT", re.sub(r"\d+", "0", name)) if re.search(r"\d|[ACGT]{6,}", name) else name


def _check_header(columns, titles, source, of):
    if not columns or not all(NUMBER.fullmatch(name) for name in columns):
        return
    title = tidy(titles[0]) if titles else ""
    if len(set(columns)) == len(columns):
        if _is_title(title):
            return  # cells, times, or Entrez ids of genes, that are called by numbers
        if all(name.strip().isdecimal() for name in columns):
            steps = {int(b) - int(a) for a, b in itertools.pairwise(columns)}
            if steps == {1} or (of == "cell" and len(columns) > 2 and min(steps) > 0):
                return
    raise DataError(
        f"{source}: line 1: all names of {of}s are numbers ({', '.join(columns[:3])}, …): is the header missing? "
        "Add a line with the names"
        + (", or say reader='{header: none}'" if of == "cell" else "")
        + "; if they are names: reader='{header: full}' (docs/input.md)"
    )
