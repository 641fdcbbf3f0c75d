"""What stands between a firm and the tax office's good word: findings, asked of one firm or of all."""
