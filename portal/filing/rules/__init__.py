"""What filing decides: how answers are kept, what is prefilled, and where a year's return stands."""
