"""What a certificate says, what its code holds, and which state may follow which."""
