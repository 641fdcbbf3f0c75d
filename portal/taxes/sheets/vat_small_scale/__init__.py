"""增值税及附加税费申报（小规模纳税人适用）(code vat-small-scale): VAT with its three surcharges.

Each file takes the sheet from the one before it, so that everything is defined above its use: asks, sales,
vat, surcharges, hints.
"""

from portal.taxes.sheets.vat_small_scale.hints import sheet

__all__ = ["sheet"]
