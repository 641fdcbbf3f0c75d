"""The decisions of the counter: what is shown when, for how long, and what is unusual."""

from portal.counter.rules.browsing import (
    LATELY,
    MANY_REFUSED,
    MANY_WITHOUT_MATTER,
    TIMES_USUAL,
    is_unusual,
    usual_of,
)
from portal.counter.rules.finding import (
    FOR_A_MATTER,
    LEAST_ENDING,
    LEAST_WORDS,
    LOOK_FOR,
    MOST_FOUND,
    NAME_ALONE,
    NO_SUCH_MATTER,
    NO_WORDS,
    OWN_FILE,
    REASONS,
    SearchKey,
    key_of,
)
from portal.counter.rules.guarding import (
    DECIDED,
    GUARD_AS_IT_IS,
    MAY_RELEASE,
    NO_SUCH_TAXPAYER,
    NOT_ALONE,
    RELEASE_WITHIN,
    require_another,
)
from portal.counter.rules.proving import IDENTITY_PROOF, NO_ACCOUNT, SEEN_ALREADY
from portal.counter.rules.releasing import NOT_THERE, RELEASED_TODAY, THERE
from portal.counter.rules.working import AFTERWARDS, MOST_PURPOSE, OPEN_FOR, masked_name

__all__ = [
    "NOT_THERE",
    "RELEASED_TODAY",
    "THERE",
    "DECIDED",
    "GUARD_AS_IT_IS",
    "MAY_RELEASE",
    "NOT_ALONE",
    "NO_SUCH_TAXPAYER",
    "RELEASE_WITHIN",
    "require_another",
    "AFTERWARDS",
    "FOR_A_MATTER",
    "IDENTITY_PROOF",
    "LATELY",
    "LEAST_ENDING",
    "LEAST_WORDS",
    "LOOK_FOR",
    "MANY_REFUSED",
    "MANY_WITHOUT_MATTER",
    "MOST_FOUND",
    "MOST_PURPOSE",
    "NAME_ALONE",
    "NO_ACCOUNT",
    "NO_SUCH_MATTER",
    "NO_WORDS",
    "OPEN_FOR",
    "OWN_FILE",
    "REASONS",
    "SEEN_ALREADY",
    "SearchKey",
    "TIMES_USUAL",
    "is_unusual",
    "key_of",
    "masked_name",
    "usual_of",
]
