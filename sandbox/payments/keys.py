"""API keys: which the gateway accepts, and what a restricted one may do."""

import hmac
from dataclasses import dataclass

from sandbox.payments.errors import ApiError

READ, WRITE = "read", "write"


@dataclass(frozen=True)
class Key:
    """An accepted key; `scopes` is None for a secret key, which may do everything."""

    value: str
    scopes: frozenset[str] | None = None

    @classmethod
    def of(cls, given: str) -> "Key":
        """A key as the command line gives it: `sk_test_…`, or `rk_test_…=scope,scope`."""
        value, _, scopes = given.partition("=")
        if not value.startswith(("sk_test_", "rk_test_")):
            raise SystemExit("sandbox: only test keys (sk_test_…, rk_test_…) belong here")
        return cls(value, frozenset(scopes.split(",")) if value.startswith("rk_") else None)

    def allows(self, scope: str) -> bool:
        """Whether the key has a permission; writing includes reading."""
        if self.scopes is None or scope in self.scopes:
            return True
        return scope.endswith(f"_{READ}") and scope.removesuffix(READ) + WRITE in self.scopes


class Keys:
    """The keys accepted; without any, every `sk_test_` key is."""

    def __init__(self, given: tuple[str, ...]) -> None:
        self._keys = [Key.of(one) for one in given]

    def authenticate(self, authorization: str) -> Key:
        """The key of an `Authorization: Bearer` header; ApiError 401."""
        scheme, _, value = authorization.partition(" ")
        if scheme != "Bearer" or not value:
            raise ApiError(401, "You did not provide an API key.")
        if "_live_" in value:
            raise ApiError(401, "A live key was sent to the sandbox. Roll it: it has left its safe place.")
        for key in self._keys:
            if hmac.compare_digest(key.value.encode(), value.encode()):
                return key
        if not self._keys and value.startswith("sk_test_"):
            return Key(value)
        raise ApiError(401, f"Invalid API Key provided: {hidden(value)}")


def authorize(key: Key, scope: str) -> None:
    """ApiError 403 if the key lacks a permission."""
    if not key.allows(scope):
        raise ApiError(
            403,
            f"The provided key '{hidden(key.value)}' does not have the required permissions for this "
            f"endpoint. Having the 'rak_{scope}' permission would allow this request to continue.",
        )


def hidden(value: str) -> str:
    """A key as messages show it."""
    return f"{value[:8]}{'*' * 8}{value[-4:]}"
