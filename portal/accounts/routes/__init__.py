"""The pages of the accounts room."""

from portal.accounts.routes import changing, contexts, mandates, opening, profile, resetting, signing_in
from portal.accounts.routes.door import bp

__all__ = ["bp", "changing", "contexts", "mandates", "opening", "profile", "resetting", "signing_in"]
