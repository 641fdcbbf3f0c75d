"""For everyone: is this paper, this file, genuine, and does it still hold?

Numbers, codes and files are posted, never put into an address; tries are counted in the database.
"""

from flask import make_response
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.services import limits
from portal.certificates.forms import CodeForm, FileForm, NumberForm
from portal.certificates.routes.door import bp
from portal.certificates.rules.record import KINDS
from portal.certificates.services import inquiring
from portal.certificates.services.inquiring import Inquiry
from portal.core import clock
from portal.core.access import allow
from portal.core.forms import Form
from portal.core.limits import source
from portal.core.pages import gateways, invalid, page, settings, transaction
from portal.core.refusal import Unavailable
from portal.gateways.signing.trust import LIST, ROOT, BadTrust, Trust

BY_NUMBER, BY_CODE, BY_FILE = (
    f"certificates/{page}.html" for page in ("verify", "verify_code", "verify_file")
)


@bp.get("/verify")
@allow("public")
def verify() -> Response:
    """Check by number and code."""
    return page(BY_NUMBER, form=NumberForm(), inquiry=None, kinds=KINDS, address=_address())


@bp.post("/verify")
@allow("public")
def check_number() -> Response:
    """Answer a check by number and code."""
    form = NumberForm()
    if (stopped := _stopped(BY_NUMBER, form)) is not None:
        return stopped
    with transaction() as session:
        inquiry = inquiring.by_number(session, settings().keyring, *form.as_kept(), at=clock.now())
    return _answered(BY_NUMBER, form, inquiry)


@bp.get("/verify/code")
@allow("public")
def verify_code() -> Response:
    """Check by the text of the QR symbol."""
    return page(BY_CODE, form=CodeForm(), inquiry=None, kinds=KINDS, address=_address())


@bp.post("/verify/code")
@allow("public")
def check_code() -> Response:
    """Answer a check by the text of the QR symbol."""
    form, trust = CodeForm(), _trust()
    if (stopped := _stopped(BY_CODE, form)) is not None:
        return stopped
    with transaction() as session:
        inquiry = inquiring.by_code(session, settings().keyring, form.text.data, trust, at=clock.now())
    return _answered(BY_CODE, form, inquiry)


@bp.get("/verify/file")
@allow("public")
def verify_file() -> Response:
    """Check a PDF."""
    return page(BY_FILE, form=FileForm(), inquiry=None, kinds=KINDS, address=_address())


@bp.post("/verify/file")
@allow("public")
def check_file() -> Response:
    """Answer a check of a PDF by its digest; only a file that is none of ours is read, in another process."""
    form, trust = FileForm(), _trust()
    if (stopped := _stopped(BY_FILE, form)) is not None:
        return stopped
    with transaction() as session:
        inquiry = inquiring.by_file(session, settings().keyring, form.file.data, at=clock.now())
    if inquiry is None:
        inspection = gateways().inspection.inspect(form.file.data, trust.root)
        inquiry = inquiring.by_finding(inspection.finding)
    return _answered(BY_FILE, form, inquiry)


@bp.get("/verify/keys.json")
@allow("public")
def published_keys() -> Response:
    """The signed list of keys and withdrawals, for checks without us."""
    return _published(LIST, "application/json")


@bp.get("/verify/root.pem")
@allow("public")
def published_root() -> Response:
    """The root certificate."""
    return _published(ROOT, "application/x-pem-file")


def _stopped(template: str, form: Form) -> Response | None:
    """The form again: something is wrong with it, or too much was tried from this network."""
    if not form.validate_on_submit():
        return invalid(template, form=form, inquiry=None, kinds=KINDS, address=_address())
    at = clock.now()
    with transaction() as session:
        until = limits.take(
            session, settings().keyring, "certificate-check", address=source(), subject="", at=at
        )
    if until is None:
        return None
    form.form_errors.append(_("查验次数过多，请过几分钟再试"))
    response = page(template, 429, form=form, inquiry=None, kinds=KINDS, address=_address())
    response.headers["Retry-After"] = str(max(1, int((until - at).total_seconds()) + 1))
    return response


def _answered(template: str, form: Form, inquiry: Inquiry) -> Response:
    return page(template, form=form, inquiry=inquiry, kinds=KINDS, address=_address())


def _address() -> str:
    """The one address where a check is genuine."""
    return f"{settings().base_url}/verify"


def _trust() -> Trust:
    try:
        return Trust.load(settings().trust)
    except BadTrust as failure:
        raise Unavailable("trust") from failure


def _published(name: str, kind: str) -> Response:
    _trust()  # a folder that does not check out is not given out
    response = make_response((settings().trust / name).read_bytes())
    response.headers["Content-Type"] = kind
    return response
