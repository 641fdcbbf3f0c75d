"""The errors of the payments API, as the API words them."""

from typing import Any


class ApiError(Exception):
    """A request refused: HTTP status, error type and code, message, and the parameter at fault."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "type": more.pop("type", "invalid_request_error"),
            "message": message,
            **({"code": code} if code else {}),
            **({"param": param} if param else {}),
            **more,
        }


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A request that makes no sense (400)."""
    return ApiError(400, message, code=code, param=param)


def missing(noun: str, object_id: str, param: str = "id") -> ApiError:
    """No such object (404 when the address names it)."""
    status = 404 if param == "id" else 400
    return ApiError(status, f"No such {noun}: '{object_id}'", code="resource_missing", param=param)
