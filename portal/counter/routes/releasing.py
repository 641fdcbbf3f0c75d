"""解除登录限制: for a person at the counter whose tries are used up."""

from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.pages import ask, keys, reading, transaction
from portal.counter import queries, services
from portal.counter.forms import LimitsForm
from portal.counter.routes.door import bp


@bp.route("/files/<uuid:taxpayer_id>/limits", methods=["GET", "POST"])
@allow("staff", role="counter")
def release_limits(taxpayer_id: UUID) -> Response:
    """Begin the counts of the person's tries anew, in a file that is open since they are there."""
    form, at = LimitsForm(), clock.now()
    if queries.opened(reading(), acting(), taxpayer_id, at) is None:
        return redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id), 303)
    if not form.validate_on_submit():
        return ask("counter/release_limits.html", form, taxpayer_id=taxpayer_id)
    with transaction() as session:
        opened = queries.opened(session, acting(), taxpayer_id, at)
        if opened is not None:
            services.release_limits(session, keys(), acting(), opened, form.why.data, at=at)
    return redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id, done="limits"), 303)
