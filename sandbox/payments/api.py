"""The API over HTTP: keys, versions, parameters, idempotency, errors, in the order the API checks them."""

import json
from typing import Any

import stripe
from flask import Flask, Response, request

from sandbox.faults import Faults
from sandbox.payments.account import ACCOUNT_ID, REQUEST, Account, token
from sandbox.payments.agenda import catch_up
from sandbox.payments.endpoints import ENDPOINTS, Endpoint
from sandbox.payments.errors import ApiError
from sandbox.payments.expanding import answer
from sandbox.payments.idempotency import Idempotency, fingerprint
from sandbox.payments.keys import Keys, authorize
from sandbox.payments.parameters import nested, parse

UNKNOWN_ERROR = {"error": {"type": "api_error", "message": "An unknown error occurred"}}


class Api:
    """The endpoints under /v1 for one account."""

    def __init__(self, account: Account, keys: Keys, faults: Faults) -> None:
        self._account = account
        self._keys = keys
        self._faults = faults
        self._idempotency = Idempotency(account.store, account.clock)

    def install(self, app: Flask) -> None:
        """Add every endpoint, and the API's own 404."""
        for endpoint in ENDPOINTS:
            rule = "/v1/" + endpoint.path.replace("<id>", "<object_id>")
            app.add_url_rule(
                rule, f"{endpoint.method} {endpoint.path}", self._view(endpoint), methods=[endpoint.method]
            )
        app.add_url_rule(
            "/v1/<path:rest>", "unknown address", _unknown_address, methods=["GET", "POST", "DELETE"]
        )

    def _view(self, endpoint: Endpoint) -> Any:
        def view(object_id: str = "") -> Response:
            request_id = token("req_", 14)
            try:
                status, body, replayed = self._answer(endpoint, object_id, request_id)
            except ApiError as refusal:
                status, body, replayed = refusal.status, _error(refusal), False
            return self._response(status, body, request_id, replayed)

        return view

    def _answer(self, endpoint: Endpoint, object_id: str, request_id: str) -> tuple[int, str, bool]:
        authorize(self._keys.authenticate(request.headers.get("Authorization", "")), endpoint.scope)
        _check_version(request.headers.get("Stripe-Version"))
        given = nested((request.form if request.method == "POST" else request.args).items(multi=True))
        asked = parse(endpoint.parameters, given)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if key is not None and not 0 < len(key) <= 255:
            raise ApiError(400, "The Idempotency-Key must have between 1 and 255 characters.")
        request_print = fingerprint(request.method, request.path, given)
        with self._idempotency.flight(key):
            if kept := self._idempotency.kept(key, request_print):
                return *kept, True
            REQUEST.set({"id": request_id, "idempotency_key": key})
            return *self._execute(endpoint, asked, object_id, key, request_print), False

    def _execute(
        self, endpoint: Endpoint, asked: dict[str, Any], object_id: str, key: str | None, request_print: str
    ) -> tuple[int, str]:
        self._faults.delay_effect(request.path, request.method)
        catch_up(self._account)
        expand = asked.pop("expand", [])
        with self._account.store.transaction():
            done = endpoint.act(self._account, asked, object_id)
            status, body = 200, json.dumps(answer(self._account, done, expand), ensure_ascii=False)
            if self._faults.strike(("error_after",), request.path, request.method):
                status, body = 500, json.dumps(UNKNOWN_ERROR)
            self._idempotency.keep(key, request_print, status, body)
        return status, body

    def _response(self, status: int, body: str, request_id: str, replayed: bool) -> Response:
        response = Response(body, status, content_type="application/json")
        response.headers["Request-Id"] = request_id
        response.headers["Stripe-Version"] = str(stripe.api_version)
        response.headers["Stripe-Account"] = ACCOUNT_ID
        if key := request.headers.get("Idempotency-Key"):
            response.headers["Idempotency-Key"] = key
        if replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response


def _check_version(version: str | None) -> None:
    if version not in (None, stripe.api_version):
        raise ApiError(
            400,
            f"Invalid Stripe API version: {version}. The sandbox plays {stripe.api_version}, its SDK's own.",
        )


def _error(refusal: ApiError) -> str:
    return json.dumps({"error": refusal.body}, ensure_ascii=False)


def _unknown_address(rest: str) -> Response:
    refusal = ApiError(404, f"Unrecognized request URL ({request.method}: /v1/{rest}).")
    return Response(_error(refusal), 404, content_type="application/json")
