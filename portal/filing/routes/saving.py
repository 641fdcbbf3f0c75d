"""What is said of a save: that it is kept, or that another window saved something else meanwhile."""

from typing import Any

from flask import jsonify, make_response, request
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.pages import speaking
from portal.filing.forms import KEEP, THEIRS, conflict_form
from portal.filing.routes import shown
from portal.filing.routes.opened import Opened
from portal.filing.routes.wording import _
from portal.filing.rules.answers import Clash, Entries, rows_of

CARRIED_ANEW = {"csrf_token", "acting_for", "version", "window", "later"}
OTHER_LANGUAGE = "language"
"""Value of `later` by which a form is only saved to go on with the same page in the other language."""


def autosaved(here: Opened, clashes: list[Clash]) -> Response:
    """What the line under the form says after saving by itself."""
    if clashes:
        message = _("另一个窗口改过这里的内容，按“保存并继续”可以比较两处")
        return make_response(jsonify(message=message), 409)
    return make_response(jsonify(message=saved_words(here)))


def only_changes_language() -> bool:
    """Whether the person saves to read on in the other language."""
    return request.form.get("later") == OTHER_LANGUAGE


def saved_words(here: Opened) -> str:
    """When the draft was last saved."""
    return _("草稿已保存于 %(moment)s", moment=speaking().moment(here.draft.updated_at))


def settled(given: Entries) -> dict[str, Any]:
    """What is given, without what the person chose to leave as another window saved it."""
    return {name: value for name, value in given.items() if request.form.get(KEEP + name) != THEIRS}


def conflict(here: Opened, clashes: list[Clash]) -> Response:
    """Both versions of what two windows changed, for the person to choose; nothing has been overwritten."""
    rows = [_both(here, clash) for clash in clashes]
    form = conflict_form({clash.name: row["question"] for clash, row in zip(clashes, rows, strict=True)})
    carried = [
        (name, text)
        for name, text in request.form.items(multi=True)
        if name not in CARRIED_ANEW and not name.startswith(KEEP)
    ]
    carried += [("version", str(here.draft.version)), ("window", request.form.get("window", ""))]
    return pages.page(
        "filing/_conflict.html", 409, here=here, form=form(formdata=None), rows=rows, carried=carried
    )


def _both(here: Opened, clash: Clash) -> dict[str, str]:
    """The words of a clashing entry, what was given now and what is saved."""
    group_name, dot, key = clash.name.partition(".")
    if not dot:
        question = here.sheet.question(clash.name)
        assert question is not None, "a form asks questions of its sheet"
        mine, saved = (shown.answer(question, value) for value in (clash.yours, clash.theirs))
        return {"question": _(question.label), "mine": mine, "saved": saved}
    group = here.sheet.groups[group_name]
    keys = list(rows_of(here.draft.answers, group_name))
    words = _(group.row).format(n=keys.index(key) + 1) if key in keys else _(group.label)
    mine, saved = (shown.row(group, row) if row else _("（已删除）") for row in (clash.yours, clash.theirs))
    return {"question": words, "mine": mine, "saved": saved}
