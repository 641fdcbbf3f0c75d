"""The list of findings, in the order in which they are shown. How sure each clause is: docs/findings.md.

Every code has its predicate and its evidence in `portal.risk.queries`; a test holds the sides equal.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from portal.core.wording import N_
from portal.risk.rules.findings import Audience, Finding, Hit, Office, Severity, Visit
from portal.risk.rules.known import KNOWN
from portal.risk.rules.own import OWN

FINDINGS: tuple[Finding, ...] = (*OWN, *KNOWN)
CATALOGUE = {finding.code: finding for finding in FINDINGS}

ASK_THE_OFFICE = Finding(
    "ask-office",
    N_("有一件事请向主管税务机关了解"),
    cite="税收征收管理法 第八条",
    severity=Severity.BLOCKS,
    owner=Office.TAX_OFFICE,
    cure=Visit(N_("请联系主管税务机关"), Office.TAX_OFFICE, (N_("经办人身份证件"),)),
    evidence=(),
)
"""What a firm sees in place of all that it may not be told, once however much that is."""


def as_told(hits: Sequence[Hit], secret: Collection[str], audience: Audience) -> list[Hit]:
    """What an audience is shown. `secret` holds the codes with open records that a firm may not be told of.

    Rows of such records are not among the hits' rows for a firm; a hit that has no others gives way to the
    one `ASK_THE_OFFICE`, which weighs as much as the heaviest of what it stands for.
    """
    hidden = [hit for hit in hits if hit.finding.code in secret]
    if audience is Audience.STAFF or not hidden:
        return list(hits)
    told = [hit for hit in hits if hit not in hidden or hit.rows]
    heaviest = min((hit.finding.severity for hit in hidden), key=list(Severity).index)
    return [*told, Hit(replace(ASK_THE_OFFICE, severity=heaviest), ())]
