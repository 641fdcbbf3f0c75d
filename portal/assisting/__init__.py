"""协办: a clerk works on a taxpayer's own pages, in their presence, by their consent, under their eyes."""
