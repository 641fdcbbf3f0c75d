"""Tax law as data and plain functions: dated figures, worksheets, deadlines. Pure: no web, no database."""
