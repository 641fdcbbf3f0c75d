"""A form that comes after its session is over: who opened it, and what of it the sign-in page may carry.

The browser remembers, signed, whose forms it was last given. Only what a page with questions posts to itself
is kept: answers, never an act. Without that memory the answer to a stranger is what it always was.
"""

from functools import cache
from uuid import UUID

from flask import current_app, request, session
from werkzeug.exceptions import HTTPException
from wtforms.fields.core import UnboundField

from portal.core import clock
from portal.core.acting import Acting
from portal.core.forms import CodeField, Form, SecretField
from portal.core.kept import Kept, author, gather, seal, unseal
from portal.core.request import settings

AUTHOR = "author"
"""Where the signed cookie of the forms keeps whose they are."""
OFFICE = "office"
"""Where it keeps that they are somebody's of the office."""
TOKENS = frozenset({"csrf_token", "acting_for"})
"""Fields every form has, which the page lays out afresh."""


class Lapsed(Exception):
    """A form came without a session, so nothing was done; `sealed` is what was typed, for its author alone.

    The accounts room answers.
    """

    def __init__(self, sealed: str) -> None:
        super().__init__("a form without its session")
        self.sealed = sealed


def remember_author(person: Acting) -> None:
    """From now on this browser's forms are this person's; forms that somebody else opened here are void."""
    whose = str(author(settings().keyring, person.account_id))
    if session.get(AUTHOR) == whose:
        return
    if AUTHOR in session:
        session.pop("csrf_token", None)
    session[AUTHOR], session[OFFICE] = whose, person.role == "staff"


def was_the_office() -> bool:
    """Whether the pages this browser was last given were a member of staff's."""
    return bool(session.get(OFFICE))


def keep_answers() -> None:
    """Raise `Lapsed` with what was posted, if it may be kept and it is known who typed it; else nothing."""
    whose = session.get(AUTHOR)
    sealed = sealed_answers(UUID(whose)) if whose is not None else None
    if sealed:
        raise Lapsed(sealed)


def sealed_answers(whose: UUID) -> str | None:
    """What was posted, sealed for an author (`kept.author`); None where it may not be kept."""
    if not _is_page_with_questions():
        return None
    posted = [(name, value) for name, value in request.form.items(multi=True) if name not in TOKENS]
    files = any(file.filename for file in request.files.values())
    opened_for = request.form.get("acting_for", "")
    kept = gather(request.full_path.rstrip("?"), opened_for, posted, _secrets(), files=files, at=clock.now())
    return seal(settings().keyring, kept, whose) if kept else None


def kept_for(person: Acting, sealed: str) -> Kept | None:
    """What this person typed before the session ended; None for everybody else, and when its time is over."""
    keys = settings().keyring
    return unseal(keys, sealed, author(keys, person.account_id), clock.now()) if sealed else None


def _is_page_with_questions() -> bool:
    """Whether the form posts to the page it stands on. What is only posted to is an act."""
    adapter = current_app.create_url_adapter(request)
    try:
        shown, _ = adapter.match(method="GET", return_rule=True) if adapter else (None, None)
    except HTTPException:
        return False
    return shown is not None and request.url_rule is not None and shown.rule == request.url_rule.rule


@cache
def _secrets() -> frozenset[str]:
    """Names of every question for a password or a one-time code, in whatever form it stands."""
    return frozenset(
        name
        for form in _forms(Form)
        for name, field in vars(form).items()
        if isinstance(field, UnboundField) and issubclass(field.field_class, SecretField | CodeField)
    )


def _forms(kind: type[Form]) -> list[type[Form]]:
    below: list[type[Form]] = kind.__subclasses__()
    return [one for form in below for one in (form, *_forms(form))]
