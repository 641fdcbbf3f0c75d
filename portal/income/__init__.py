"""What payers reported about a person's income: every line with its source and the moment it arrived."""
