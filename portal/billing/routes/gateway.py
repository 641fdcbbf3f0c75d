"""Where the payment gateway calls: checked on the bytes as they came, kept, and applied later by a worker."""

import structlog
from flask import abort, make_response, request
from werkzeug.wrappers import Response

from portal.billing import services
from portal.billing.routes.door import bp
from portal.core import clock
from portal.core.access import allow
from portal.core.pages import settings, transaction
from portal.gateways.payments.callbacks import EXPECTED_VERSION, Forged, verify

LARGEST_EVENT = 256 * 1024
"""Bytes of a callback; the gateway's are far smaller."""

log = structlog.get_logger()


@bp.post("/payments/webhook/stripe")
@allow("gateway")
def callback() -> Response:
    """Keep a genuine event; what the caller hears never varies. Without a secret there is no such door."""
    if not settings().webhook_secrets:
        abort(404)
    request.max_content_length = LARGEST_EVENT
    raw, signature, at = request.get_data(cache=False), request.headers.get("Stripe-Signature"), clock.now()
    try:
        heard = verify(raw, signature, settings().webhook_secrets, at)
    except Forged as why:
        log.warning("callback refused", why=str(why), size=len(raw))
        return _word("refused", 400)
    with transaction() as session:
        new = services.receive(session, settings().keyring, heard, raw, signature or "", at=at)
    log.info("callback kept", event_id=heard.event_id, type=heard.type, new=new)
    if heard.api_version != EXPECTED_VERSION:
        log.warning("callback of another version", event_id=heard.event_id, version=heard.api_version)
    return _word("received", 200)


def _word(word: str, code: int) -> Response:
    return make_response(word, code, {"Content-Type": "text/plain; charset=utf-8"})
