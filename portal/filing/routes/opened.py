"""An open draft as its pages need it: its entries, its way, its result so far."""

from dataclasses import dataclass
from uuid import UUID

from flask import abort, url_for
from sqlalchemy.orm import Session

from portal.core.access import acting
from portal.core.keys import secret
from portal.core.refusal import Refusal
from portal.filing import queries, services
from portal.filing.forms import WindowForm
from portal.filing.models import ReturnDraft
from portal.filing.routes import reasons
from portal.filing.routes.wording import _
from portal.filing.rules.answers import Kept
from portal.filing.rules.path import Path, Place, path
from portal.filing.rules.submission import SUBMITTED_MEANWHILE
from portal.taxes.explained import Explained
from portal.taxes.periods import Period, PeriodKind
from portal.taxes.questions import Group
from portal.taxes.working import Working
from portal.taxes.worksheet import Worksheet


@dataclass(frozen=True)
class Opened:
    """A draft with all that is worked out from it."""

    draft: ReturnDraft
    kept: Kept
    path: Path
    working: Working

    @property
    def sheet(self) -> Worksheet:
        return self.working.sheet

    @property
    def title(self) -> str:
        """The return's name, above every heading."""
        return name_of(self.sheet.title, self.draft.on)

    def place(self, code: str) -> Place:
        """The page `code`; 404 where the return does not ask it."""
        return self.path.at(code) or abort(404)

    def place_of(self, group: str) -> Place:
        """The page on which a group is asked; 404 where it is not."""
        return self.path.of(group) or abort(404)

    def address(self, place: Place | None) -> str:
        """Where a page is, or the check page where there is none left."""
        if place is None:
            return url_for("filing.check", draft_id=self.draft.id)
        return url_for("filing.page", draft_id=self.draft.id, code=place.page.code)

    def row_address(self, group: Group, row: UUID) -> str:
        """Where one repeated fact is changed."""
        return url_for("filing.row", draft_id=self.draft.id, group=group.name, row=row)

    @property
    def asked(self) -> Kept:
        """The entries that are asked now: what another answer has closed stays in the draft, out of sight."""
        names = set().union(*(place.names for place in self.path.places))
        answers = {n: v for n, v in self.kept.answers.items() if n.partition(".")[0] in names}
        return Kept(answers, self.kept.traces)

    def contradictions(self, place: Place) -> list[tuple[str, Explained]]:
        """What contradicts the law among the answers of a page: the last question concerned, and the line."""
        names = [question.name for question in place.questions]
        names += [question.name for group in place.groups for question in group.questions]
        found = []
        for conflict in self.working.conflicts:
            concerned = [name for name in names if name in self.working.plan.names_behind(conflict.name)]
            found += [(concerned[-1], conflict)] if concerned else []
        return found

    def state(self, place: Place) -> str:
        """How far a page is, the same wherever it is said: wrong, done or todo."""
        if place.page.code in self.draft.unfinished or self.contradictions(place):
            return "wrong"
        held = place.names & {name.partition(".")[0] for name in self.kept.answers}
        return "done" if not place.missing and (held or place.page.code in self.draft.confirmed) else "todo"

    def _of_step(self, code: str) -> list[Place]:
        return [place for place in self.path.places if place.step.code == code]

    def rail(self, place: Place | None) -> dict[str, object]:
        """The steps, the check and the end, with the number of the present one."""
        steps = list(dict.fromkeys(each.step.code for each in self.path.places))
        titles = {each.step.code: each for each in reversed(self.path.places)}
        done = {code: all(self.state(at) == "done" for at in self._of_step(code)) for code in steps}
        words: list[dict[str, object]] = [
            {"words": _(titles[code].step.title), "href": self.address(titles[code]), "done": done[code]}
            for code in steps
        ]
        words += [{"words": _("核对计算")}, {"words": _("提交与缴退税")}]
        return {"steps": words, "now": steps.index(place.step.code) + 1 if place else len(steps) + 1}


def opened(session: Session, draft_id: UUID, *, lock: bool = False) -> Opened:
    """The taxpayer's own draft. 404 for any other; refused where it has been submitted meanwhile."""
    draft = queries.own_draft(session, acting().taxpayer_id, draft_id, lock=lock)
    if draft is None:
        filed = queries.return_of_draft(session, acting().taxpayer_id, draft_id) or abort(404)
        raise Refusal(SUBMITTED_MEANWHILE, number=filed.number, return_id=filed.id)
    return as_it_stands(draft)


def as_it_stands(draft: ReturnDraft) -> Opened:
    """A draft after a change."""
    working = services.work(draft)
    return Opened(draft, services.kept_of(draft), path(working.sheet, draft.on, draft.answers), working)


def shown_now(form: WindowForm, draft: ReturnDraft) -> None:
    """Note on a form which version of the draft it shows, and give this showing a name."""
    form.version.data, form.window.data = str(draft.version), secret(6)


def name_of(title: str, on: Period) -> str:
    """A return's name with its period."""
    if on.kind is PeriodKind.YEAR:
        return _("%(year)s 年度 %(title)s", year=on.year, title=_(title))
    return _("%(period)s %(title)s", period=on.said(_), title=_(title))


def result_beside(here: Opened) -> dict[str, object]:
    """The running result, for the side of a form."""
    result = here.sheet.result
    address = url_for("filing.explain", draft_id=here.draft.id, line=result)
    return reasons.running(here.working) | {"href": address}
