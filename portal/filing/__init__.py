"""Filing: a return from prefilled draft to receipt, its correction, and its replay with the law of its day."""
