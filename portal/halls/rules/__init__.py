"""What is done at a hall, when it is open, and how many visits its desks can take."""
