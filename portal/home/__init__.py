"""The first page: what is to be done, what can be paid now, what was paid, and who looked."""
