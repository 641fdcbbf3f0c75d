"""Filing: a return from prefilled draft to receipt, its correction, and its replay by the law of its day."""
