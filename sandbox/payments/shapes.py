"""The shapes of API objects, generated from and compared with the SDK's class annotations."""

from typing import Any, get_args, get_origin

from stripe import ListObject, StripeObject

from sandbox.payments.annotations import choices, fields, is_object, is_optional, literals

EMPTY: dict[Any, Any] = {bool: False, int: 0, float: 0.0, str: ""}


def blank(cls: type[StripeObject]) -> dict[str, Any]:
    """An object with every field the SDK's class knows: null where it may be, else zero or empty."""
    return {name: _empty(annotation, cls.__module__) for name, annotation in fields(cls).items()}


def _empty(annotation: Any, module: str) -> Any:
    if is_optional(annotation, module):
        return None
    alternatives = choices(annotation, module)
    if known := literals(alternatives):
        return known[0]
    first = alternatives[0]
    if get_origin(first) is list:
        return []
    if is_object(first) and fields(first):
        return blank(first)
    return EMPTY.get(first, {})


def mismatches(cls: type[StripeObject], body: dict[str, Any], path: str = "") -> list[str]:
    """Where an object differs from its class: fields unknown or missing, values of another type."""
    known = fields(cls)
    found = [f"{path}{name}: not in the SDK" for name in body.keys() - known.keys()]
    for name, annotation in known.items():
        if name in body:
            found += _wrong(annotation, body[name], cls.__module__, f"{path}{name}")
        elif not is_optional(annotation, cls.__module__):
            found.append(f"{path}{name}: missing")
    return found


def _wrong(annotation: Any, value: Any, module: str, path: str) -> list[str]:
    results = [_differs(one, value, module, path) for one in choices(annotation, module)]
    return [] if [] in results else max(results, key=len)


def _differs(annotation: Any, value: Any, module: str, path: str) -> list[str]:
    origin = get_origin(annotation) or annotation
    if annotation is Any or (annotation is type(None) and value is None):
        return []
    if origin is list and isinstance(value, list):
        inner = get_args(annotation)[0]
        return [line for i, item in enumerate(value) for line in _wrong(inner, item, module, f"{path}.{i}.")]
    if origin is ListObject and isinstance(value, dict):
        return (
            []
            if value.get("object") == "list" and isinstance(value.get("data"), list)
            else [f"{path}: not a list"]
        )
    if is_object(origin) and isinstance(value, dict):
        return mismatches(origin, value, f"{path}.") if fields(origin) else []
    if value in literals([annotation]) or (isinstance(annotation, type) and type(value) is annotation):
        return []
    return [f"{path}: {value!r} is not {annotation}"]
