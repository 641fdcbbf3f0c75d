"""个人所得税综合所得年度汇算 (code iit-annual): the annual settlement of a resident's comprehensive income.

Each file takes the sheet from the one before it, so that everything is defined above its use: asks_income,
asks_deductions, asks_other, income, family, housing, deductions, tax, settlement, hints.
"""

from portal.taxes.sheets.individual_income_annual.hints import sheet

__all__ = ["sheet"]
