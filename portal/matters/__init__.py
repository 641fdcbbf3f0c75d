"""Everything a taxpayer asks for is a matter: a number to quote, a state, a clock, and its events."""
