"""The office's side: signing in, the work list, a matter with its steps."""
