from deepae.audit import answers, table
from deepae.audit.checks import CHECKS
from deepae.audit.claims import Printed, load_claims
from deepae.audit.results import from_job
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.report.pages import claims as page

with logged(snakemake.log[0]) as log:
    results, printed = from_job(snakemake.input, snakemake.params), Printed(snakemake.params.printed)
    claims = load_claims(snakemake.input.claims, CHECKS)
    judgements = table.judge(claims, results, printed)
    found = answers.answers(results, printed)
    write_tsv(snakemake.output.tsv, table.frame(judgements))
    write_tsv(snakemake.output.questions, table.questions_frame(judgements))
    write_tsv(snakemake.output.answers, table.answers_frame(found))
    write_text(snakemake.output.html, page.render(judgements, found, results))
    log(f"{len(claims)} claims, {len(judgements)} findings, {len(found)} answers")
