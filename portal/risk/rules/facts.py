"""Kinds of what other offices and systems know of a firm (`taxpayers.models.FirmFact`).

A fact is open from `since` on while it has no `until`. What each kind carries in its `facts` is named by the
fields of its finding (portal/risk/rules/catalogue.py); a key that is missing is shown as not stated.
"""

from enum import StrEnum


class FactKind(StrEnum):
    """What is known; the market register's feed names it by these words."""

    UNUSED_INVOICES = "unused-invoices"
    UNREPORTED_INVOICES = "unreported-invoices"
    TAX_CONTROL_DEVICE = "tax-control-device"
    INSPECTION = "inspection"
    RISK_TASK = "risk-task"
    CREDIT_GRADE = "credit-grade"
    """`facts["grade"]` is A, B, M, C or D (纳税缴费信用管理办法, STA 2025 No. 12)."""
    DISHONEST_LIST = "dishonest-list"
    LAND_SOURCE = "land-source"
    PROPERTY_SOURCE = "property-source"
    VEHICLE_SOURCE = "vehicle-source"
    ADVANCE_ELSEWHERE = "advance-elsewhere"
    """跨区域涉税事项: work reported in another area where tax was paid in advance and which is not closed."""
    SOCIAL_INSURANCE = "social-insurance"
    EXPORT_REFUND = "export-refund"


WORST_GRADE = "D"
