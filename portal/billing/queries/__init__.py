"""Named reads of bills, ledger and payments."""
