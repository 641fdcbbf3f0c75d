"""Request parameters: form encoding undone, then typed and checked by the SDK's own parameter classes."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, get_args, get_origin

from stripe import StripeObject

from sandbox.payments.annotations import choices, fields, is_hash, literals
from sandbox.payments.errors import ApiError, invalid

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`; lists stay hashes until the type is known."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        match = KEY.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid parameter name: {name}", name)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        place = tree
        for i, step in enumerate(steps[:-1]):
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid hash: {'.'.join(steps[: i + 1])}", name)
        place[steps[-1] or str(len(place))] = value
    return tree


def parse(cls: type, given: dict[str, Any], path: str = "") -> dict[str, Any]:
    """The given hash typed as the parameter class says; ApiError for an unknown, missing or ill-typed one."""
    known = fields(cls)
    for name in given:
        if name not in known:
            where = _join(path, name)
            raise invalid(f"Received unknown parameter: {where}", where, "parameter_unknown")
    for name in getattr(cls, "__required_keys__", ()):
        if name in known and name not in given:
            where = _join(path, name)
            raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    return {
        name: _typed(known[name], value, cls.__module__, _join(path, name)) for name, value in given.items()
    }


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _typed(annotation: Any, value: Any, module: str, path: str) -> Any:
    alternatives = choices(annotation, module)
    allowed = [literal for literal in literals(alternatives) if literal != ""]
    if allowed:
        # The SDK types leave room for values of later API versions (`Literal[...] | str`); the API does not.
        alternatives = [one for one in alternatives if one is not str]
    problems = []
    for one in alternatives:
        try:
            return _as(one, value, module, path)
        except ApiError as problem:
            problems.append(problem)
    if allowed and isinstance(value, str):
        raise invalid(f"Invalid {path}: must be one of {', '.join(map(str, allowed))}", path)
    raise max(problems, key=lambda problem: "code" in problem.body)


def _as(annotation: Any, value: Any, module: str, path: str) -> Any:
    origin = get_origin(annotation) or annotation
    if isinstance(value, str):
        return _scalar(annotation, value, path)
    if is_hash(origin):
        return parse(origin, value, path)
    if origin is list:
        inner = get_args(annotation)[0]
        return [_typed(inner, item, module, _join(path, index)) for index, item in value.items()]
    if origin is dict or (isinstance(origin, type) and issubclass(origin, StripeObject)):
        return {name: str(item) for name, item in value.items()}
    raise invalid(f"Invalid {_noun(annotation)}: {value}", path)


def _scalar(annotation: Any, text: str, path: str) -> Any:
    if annotation in (int, bool, Decimal):
        return {int: _integer, bool: _boolean, Decimal: _decimal}[annotation](text, path)
    if text in literals([annotation]) or annotation is str:
        return text
    raise invalid(f"Invalid {_noun(annotation)}: {text}", path)


def _integer(text: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise invalid(f"Invalid integer: {text}", path, "parameter_invalid_integer")
    return int(text)


def _boolean(text: str, path: str) -> bool:
    if text not in ("true", "false"):
        raise invalid(f"Invalid boolean: {text}", path)
    return text == "true"


def _decimal(text: str, path: str) -> str:
    try:
        Decimal(text)
    except InvalidOperation:
        raise invalid(f"Invalid decimal: {text}", path) from None
    return text


def _noun(annotation: Any) -> str:
    origin = get_origin(annotation) or annotation
    if origin is list:
        return "array"
    return "object" if is_hash(origin) or origin is dict else "value"
