"""Every claim under every protocol it can be looked at: claims.tsv."""

from dataclasses import dataclass

import pandas as pd

from deepae.audit.checks import CHECKS
from deepae.audit.checks.case import Case
from deepae.audit.claims import Claim
from deepae.audit.verdicts import Finding, evidence, verdict

COLUMNS = ["id", "location", "statement", "expected", "observed", "protocol", "verdict", "evidence"]


@dataclass
class Judgement:
    """A claim under a protocol: what was found and what follows."""

    claim: Claim
    protocol: str
    finding: Finding
    verdict: str


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
            judgements.append(Judgement(claim, protocol, finding, verdict(finding)))
    return judgements


def frame(judgements):
    """Return the judgements as the table claims.tsv: columns `COLUMNS`, one line of text each."""
    rows = [
        (
            item.claim.id,
            item.claim.location,
            item.claim.statement,
            item.claim.expected,
            item.finding.observed,
            item.protocol,
            item.verdict,
            evidence(item.finding),
        )
        for item in judgements
    ]
    return pd.DataFrame([[_plain(text) for text in row] for row in rows], columns=COLUMNS)


def _plain(text):
    """One line without the characters for which a reader of tables would need quoting."""
    return " ".join(str(text).split()).replace('"', "'")
