"""How a person comes in: opening an account, proof of identity, signing in, sessions and contacts."""
