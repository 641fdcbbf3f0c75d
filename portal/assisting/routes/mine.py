"""窗口协办, as the person sees it at whose pages a clerk works: what is asked, what goes on, the end."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.assisting import queries
from portal.assisting.models import Assent, Assistance
from portal.assisting.routes.door import bp
from portal.assisting.rules import ENDS, TIES, WAYS
from portal.assisting.services import assenting, consenting
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import page, reading, speaking, transaction


@bp.get("/account/assistance")
@allow("account")
def mine() -> Response:
    """What waits for my word, what goes on now, what was."""
    session, at, whose = reading(), clock.now(), acting().account_id
    return page(
        "assisting/mine.html",
        asked=[
            (one, speaking().say(one.words, one.facts)) for one in queries.assents_asked(session, whose, at)
        ],
        known=queries.of_account(session, whose, at),
        now=at,
        ties=TIES,
        ways=WAYS,
        ends=ENDS,
    )


def _on(assistance_id: UUID, act: Callable[[Session, Assistance, datetime], None]) -> Response:
    with transaction() as session:
        act(session, queries.asked_of(session, acting(), assistance_id, lock=True) or abort(404), clock.now())
    return redirect(url_for("assisting.mine"), 303)


@bp.post("/account/assistance/<uuid:assistance_id>/agree")
@allow("account")
def agree(assistance_id: UUID) -> Response:
    """Yes: the clerk may begin."""
    return _on(assistance_id, lambda s, one, at: consenting.agree_on_phone(s, one, at=at))


@bp.post("/account/assistance/<uuid:assistance_id>/end")
@allow("account")
def decline(assistance_id: UUID) -> Response:
    """No, or no more."""
    return _on(assistance_id, lambda s, one, at: consenting.decline(s, acting(), one, at=at))


def _about(assent_id: UUID, act: Callable[[Session, Assent, datetime], None]) -> Response:
    with transaction() as session:
        act(session, queries.assent_asked_of(session, acting(), assent_id) or abort(404), clock.now())
    return redirect(url_for("assisting.mine"), 303)


@bp.post("/account/assents/<uuid:assent_id>/agree")
@allow("account")
def assent(assent_id: UUID) -> Response:
    """Yes to one thing, as it is said here."""
    return _about(assent_id, lambda s, one, at: assenting.agree_on_phone(s, acting(), one, at=at))


@bp.post("/account/assents/<uuid:assent_id>/refuse")
@allow("account")
def refuse(assent_id: UUID) -> Response:
    """No to one thing."""
    return _about(assent_id, lambda s, one, at: assenting.refuse(s, acting(), one, at=at))
