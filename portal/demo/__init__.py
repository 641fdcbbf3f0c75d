"""A town of invented people and firms, so that every page has something true to show."""
