"""How a ticket lives, in which order tickets are called, how long one waits, and whether we said so."""
