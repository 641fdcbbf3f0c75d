"""What the SDK's own class annotations say about a field, so that the sandbox follows every SDK upgrade."""

import sys
import types
from functools import cache
from typing import Any, ClassVar, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe import StripeObject
from stripe._request_options import RequestOptions
from typing_extensions import evaluate_forward_ref, is_typeddict


def fields(cls: type) -> dict[str, Any]:
    """Field name to resolved annotation, without the request options that only the SDK itself reads."""
    return _resolved(cls)


@cache
def _resolved(cls: Any) -> dict[str, Any]:
    skipped = RequestOptions.__annotations__ if is_hash(cls) else ()
    return {
        name: resolve(annotation, cls.__module__)
        for name, annotation in cls.__annotations__.items()
        if name not in skipped and get_origin(annotation) is not ClassVar
    }


def resolve(annotation: Any, module: str) -> Any:
    """An annotation without wrappers; a name that the SDK does not import at run time becomes `Any`.

    `typing.get_type_hints` fails on SDK classes, because they name classes only type checkers import.
    """
    while True:
        if isinstance(annotation, ForwardRef):
            try:
                annotation = evaluate_forward_ref(annotation, globals=vars(sys.modules[module]))
            except NameError:
                return Any
        elif isinstance(annotation, str):
            annotation = ForwardRef(annotation)
        elif get_origin(annotation) in (NotRequired, Required):
            annotation = get_args(annotation)[0]
        else:
            return annotation


def choices(annotation: Any, module: str) -> list[Any]:
    """The alternatives of an annotation: the members of a union, else the annotation alone."""
    annotation = resolve(annotation, module)
    if get_origin(annotation) in (Union, types.UnionType):
        return [choice for member in get_args(annotation) for choice in choices(member, module)]
    return [annotation]


def literals(alternatives: list[Any]) -> list[Any]:
    """The literal values among alternatives."""
    return [value for one in alternatives if get_origin(one) is Literal for value in get_args(one)]


def is_optional(annotation: Any, module: str) -> bool:
    """Whether the field may be null."""
    return type(None) in choices(annotation, module)


def is_object(annotation: Any) -> bool:
    """Whether an annotation names an SDK object class."""
    return isinstance(annotation, type) and issubclass(annotation, StripeObject)


def is_hash(annotation: Any) -> bool:
    """Whether an annotation names a parameter hash."""
    return is_typeddict(annotation)
