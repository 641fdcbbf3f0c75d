"""What filing does: starting, saving, trying out, submitting, correcting, replaying, proving."""

from portal.filing.services.drafts import Saving, correct, discard, save, start_nil, start_or_resume
from portal.filing.services.obligations import derive, derive_all, derive_one, review
from portal.filing.services.proving import replay, replay_all, replay_by_night, verify_filings
from portal.filing.services.submitting import submit
from portal.filing.services.working import Trial, kept_of, levied, what_if, work

__all__ = [
    "Saving",
    "Trial",
    "correct",
    "derive",
    "derive_all",
    "derive_one",
    "discard",
    "kept_of",
    "levied",
    "replay",
    "replay_all",
    "replay_by_night",
    "review",
    "save",
    "start_nil",
    "start_or_resume",
    "submit",
    "verify_filings",
    "what_if",
    "work",
]
