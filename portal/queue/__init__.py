"""The day at a hall: who has come, in which order they are called, how long it takes and how long to wait."""
