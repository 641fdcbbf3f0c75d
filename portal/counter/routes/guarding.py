"""两人共办: letting a colleague into a guarded file; which files are guarded, agreed on by two."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import ANY_ROLE, acting, allow
from portal.core.pages import ask, keys, masked_name, page, reading, transaction
from portal.counter import queries, services
from portal.counter.forms import GuardForm
from portal.counter.routes.door import bp
from portal.counter.rules import MAY_RELEASE, SearchKey


def _may_release() -> bool:
    """Whether this member may open files, or watches over those who do."""
    return bool(acting().duties & MAY_RELEASE)


@bp.get("/releases")
@allow("staff", role=ANY_ROLE)
def releases() -> Response:
    """What waits for a second member of staff: colleagues before a guarded file, and changes of guards.

    To other roles nothing does.
    """
    files = queries.releases(reading(), clock.now()) if _may_release() else []
    changes = queries.guard_changes(reading(), waiting=True) if _may_release() else []
    return page(
        "counter/releases.html",
        releases=[(one, masked_name(one.who)) for one in files],
        changes=[(one, masked_name(one.who)) for one in changes],
        mine=acting().account_id,
    )


@bp.post("/releases/<uuid:release_id>")
@allow("staff", role=ANY_ROLE)
def release(release_id: UUID) -> Response:
    """Let the colleague who asked read the file for a while."""
    if not _may_release():
        abort(404)
    with transaction() as session:
        services.release(session, acting(), release_id, at=clock.now())
    return redirect(url_for("counter.releases", done="released"), 303)


@bp.post("/guards/<uuid:guard_id>")
@allow("staff", role=ANY_ROLE)
def decide_guard(guard_id: UUID) -> Response:
    """Agree, or not, to how a supervisor wants a file guarded."""
    if not _may_release():
        abort(404)
    agreed = request.form.get("agreed") == "yes"
    with transaction() as session:
        services.decide_guard(session, acting(), guard_id, agreed=agreed, at=clock.now())
    return redirect(url_for("counter.releases", done="decided"), 303)


@bp.route("/guards", methods=["GET", "POST"])
@allow("staff", role="supervisor")
def guards() -> Response:
    """The files that two have to open, and the question whether one is to become or stop being one."""
    form = GuardForm()
    if form.validate_on_submit():
        found = queries.found(reading(), keys(), SearchKey.NUMBER, form.number.data, clock.today())
        if len(found) == 1:
            return _want(form, found[0].id)
        form.is_nobody()
    return ask(
        "counter/guards.html",
        form,
        rows=[(one, masked_name(one.who)) for one in queries.guard_changes(reading(), waiting=False)],
        waiting=[(one, masked_name(one.who)) for one in queries.guard_changes(reading(), waiting=True)],
    )


def _want(form: GuardForm, taxpayer_id: UUID) -> Response:
    with transaction() as session:
        services.guard(
            session,
            acting(),
            taxpayer_id,
            guarded=form.guarded.data == "yes",
            why=form.why.data,
            at=clock.now(),
        )
    return redirect(url_for("counter.guards", done="asked"), 303)
