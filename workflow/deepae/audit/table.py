"""Every claim under every protocol it can be looked at: claims.tsv."""

from dataclasses import dataclass

import pandas as pd

from deepae.audit.checks import CHECKS
from deepae.audit.checks.case import Case
from deepae.audit.claims import Claim
from deepae.audit.verdicts import ANSWERS, Finding, basis, evidence, verdict, what_was_found

COLUMNS = ["id", "location", "statement", "expected", "observed", "protocol", "finding", "basis", "verdict", "evidence"]
ANSWERED = ["id", "question", "answer", "basis", "observed", "protocol", "evidence"]
QUESTIONS = "Questions"
"""The section of claims.yaml that the paper did not ask."""


@dataclass
class Judgement:
    """A claim under a protocol: what was found and what follows."""

    claim: Claim
    protocol: str
    finding: Finding

    @property
    def asked(self):
        """Whether it is a question of ours, and no claim of the paper."""
        return self.claim.section == QUESTIONS

    @property
    def found(self):
        """What was found, one of `deepae.audit.verdicts.FINDINGS`; the answer, if it is a question."""
        found = what_was_found(self.finding)
        return ANSWERS[found] if self.asked else found

    @property
    def verdict(self):
        """The word of claims.tsv."""
        return verdict(self.finding)

    @property
    def basis(self):
        """On how much the finding rests."""
        return basis(self.finding)


def judge(claims, results, printed):
    """Evaluate claims from result files alone.

    Parameters
    ----------
    claims : list of deepae.audit.claims.Claim
    results : deepae.audit.results.Results
    printed : deepae.audit.claims.Printed

    Returns
    -------
    list of Judgement
        One for each claim and protocol, in the order of the claims.
    """
    judgements = []
    for claim in claims:
        for protocol in claim.protocols:
            finding = CHECKS[claim.check](Case(claim, protocol, results, printed))
            finding.claimed = len(claim.datasets)
            judgements.append(Judgement(claim, protocol, finding))
    return judgements


def frame(judgements):
    """Return the claims of the paper as the table claims.tsv: columns `COLUMNS`, one line of text each."""
    return _table([_fields(item) for item in judgements if not item.asked], COLUMNS)


def questions_frame(judgements):
    """Return our own questions as the table questions.tsv: columns `ANSWERED`."""
    fields = [_fields(item) for item in judgements if item.asked]
    return _table([row | {"question": row["statement"], "answer": row["finding"]} for row in fields], ANSWERED)


def answers_frame(answers):
    """Return the answers as the table answers.tsv: id, question, answer, line, basis."""
    rows = [vars(item) | {"answer": item.chip, "basis": item.basis} for item in answers]
    return _table(rows, ["id", "question", "answer", "line", "basis"])


def _fields(item):
    """Return what the tables say of a judgement, by column."""
    found = {"finding": item.found, "basis": item.basis, "verdict": item.verdict, "evidence": evidence(item.finding)}
    return vars(item.claim) | found | {"observed": item.finding.observed, "protocol": item.protocol}


def _table(rows, columns):
    return pd.DataFrame([[_plain(row[name]) for name in columns] for row in rows], columns=columns)


def _plain(text):
    """One line without the characters for which a reader of tables would need quoting."""
    return " ".join(str(text).split()).replace('"', "'")
