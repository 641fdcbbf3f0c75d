"""Money owed and received: bills, the ledger, payment, and the proof that nothing is lost or doubled."""
