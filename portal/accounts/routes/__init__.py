"""The pages of the accounts room."""

from portal.accounts.routes import changing, opening, profile, resetting, signing_in
from portal.accounts.routes.door import bp

__all__ = ["bp", "changing", "opening", "profile", "resetting", "signing_in"]
