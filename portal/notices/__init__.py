"""What the portal tells a taxpayer: an inbox here, and the same news by message and mail."""
