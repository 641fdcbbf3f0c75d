"""What happens around an assistance: `consenting` from the request to the end, `assenting` to what binds."""
