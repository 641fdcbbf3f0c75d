"""When a finding is the case: by its code, a condition over the columns of one profile."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import and_, or_

from portal.core.money import ZERO
from portal.risk.queries.profile import Flag, Profile
from portal.risk.rules.facts import FactKind
from portal.risk.rules.own import CIT_ANNUAL, CIT_LIQUIDATION, WITHHOLDING

Predicate = Callable[[Profile], Flag]


def _is_known(kind: FactKind, profile: Profile) -> Flag:
    return profile.known[kind] > 0


def _must_liquidate(profile: Profile) -> Flag:
    """A branch is wound up with its head office and files no liquidation of its own."""
    registered = and_(profile.liquidations > 0, profile.parent_code.is_(None))
    return or_(profile.unfiled_of[CIT_LIQUIDATION] > 0, registered)


PREDICATES: dict[str, Predicate] = {
    "unfiled": lambda p: p.unfiled > 0,
    "withholding": lambda p: p.unfiled_of[WITHHOLDING] > 0,
    "withholding-unpaid": lambda p: p.withheld_bills > 0,
    "cit-annual": lambda p: p.unfiled_of[CIT_ANNUAL] > 0,
    "cit-liquidation": _must_liquidate,
    "arrears": lambda p: p.overdue_bills > 0,
    "bill-open": lambda p: p.open_bills > 0,
    "surcharge": lambda p: p.surcharges > 0,
    "fine": lambda p: p.fines > 0,
    "unallocated": lambda p: p.unallocated > ZERO,
    "refund-open": lambda p: p.refunds > 0,
    "dispute": lambda p: p.disputes > 0,
    "abnormal": lambda p: p.tax_status == "abnormal",
    "branch": lambda p: p.branches > 0,
    "representative-unproven": lambda p: ~p.representative_proven,
    "licence-revoked": lambda p: p.licence == "revoked",
    **{kind.value: partial(_is_known, kind) for kind in FactKind},
}
