"""A second member of staff sees a paper of consent signed, and says so."""

from uuid import UUID

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.assisting import queries
from portal.assisting.forms import SlipForm
from portal.assisting.models import Assistance
from portal.assisting.routes.door import ROLE, bp
from portal.assisting.rules import TIES, slip_of
from portal.assisting.services import consenting
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, page, reading, transaction


@bp.get("/staff/assisting/slips")
@allow("staff", role=ROLE)
def slips() -> Response:
    """Papers of colleagues that wait for a second person. Nothing says whose they are."""
    return page(
        "assisting/slips.html", waiting=queries.waiting_slips(reading(), acting(), clock.now()), ties=TIES
    )


@bp.route("/staff/assisting/slips/<uuid:assistance_id>", methods=["GET", "POST"])
@allow("staff", role=ROLE)
def witness(assistance_id: UUID) -> Response:
    """Type the number from the paper; it must be the one the colleague typed."""
    one, form = _slip(assistance_id), SlipForm()
    if form.validate_on_submit() and slip_of(form.slip.data) == one.slip:
        with transaction() as session:
            held = queries.slip(session, assistance_id, lock=True) or abort(404)
            consenting.witness(session, acting(), held, at=clock.now())
        return redirect(url_for("assisting.slips"), 303)
    if form.is_submitted() and not form.errors:
        form.differs()
    return ask("assisting/witness.html", form, one=one, ties=TIES)


def _slip(assistance_id: UUID) -> Assistance:
    return queries.slip(reading(), assistance_id) or abort(404)
