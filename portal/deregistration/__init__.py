"""注销: the health check of a firm that may close, at any time and without applying."""
