"""证明: what was issued to the taxpayer of an opened file, printed for them at the counter."""

from uuid import UUID

from flask import abort, make_response, redirect, url_for
from werkzeug.wrappers import Response

from portal.certificates.queries import PAGE, certificates_of, own_certificate
from portal.certificates.rules.record import KINDS
from portal.certificates.rules.state import STATES, State
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import gateways, page, settings, transaction
from portal.counter import queries, services
from portal.counter.routes.door import bp


@bp.get("/files/<uuid:taxpayer_id>/certificates")
@allow("staff", role="counter")
def papers(taxpayer_id: UUID) -> Response:
    """The taxpayer's latest certificates; those that hold can be printed. A look like any other."""
    at = clock.now()
    with transaction() as session:
        opened = queries.opened(session, acting(), taxpayer_id, at)
        if opened is None:
            return redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id), 303)
        services.note_look(session, acting(), opened, office=settings().office, at=at)
        found = certificates_of(session, taxpayer_id)[:PAGE]
    return page("counter/papers.html", opened=opened, certificates=found, kinds=KINDS, states=STATES)


@bp.get("/files/<uuid:taxpayer_id>/certificates/<uuid:certificate_id>")
@allow("staff", role="counter")
def print_paper(taxpayer_id: UUID, certificate_id: UUID) -> Response:
    """The issued bytes, to be printed; who printed them and for what is on the taxpayer's trail first."""
    at = clock.now()
    with transaction() as session:
        opened = queries.opened(session, acting(), taxpayer_id, at)
        if opened is None:
            return redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id), 303)
        found = own_certificate(session, taxpayer_id, certificate_id)
        if found is None or found.file is None or found.standing.state != State.ISSUED:
            abort(404)
        services.note_printing(session, acting(), opened, found.number, office=settings().office, at=at)
    response = make_response(gateways().storage.get(found.file.content_key, found.file.sha256))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response
