"""For everybody: one's own place, the calls on the wall, and what was measured. No page names a person."""

from datetime import timedelta
from uuid import UUID

from flask import abort
from werkzeug.wrappers import Response

from portal.appointments.routes.door import hall_name, titles
from portal.core import clock
from portal.core.access import allow
from portal.core.language import language
from portal.core.pages import lang, page, reading
from portal.core.wording import N_, Phrase
from portal.halls.queries import hall
from portal.halls.rules.errands import errands, skills
from portal.matters.rules import standard
from portal.queue.queries import line, measures
from portal.queue.routes.door import bp
from portal.queue.rules.order import ahead_of
from portal.queue.rules.scoring import AIM, monday_of
from portal.queue.rules.states import IN_LINE, STATES, State
from portal.queue.rules.waiting import LOOK_BACK
from portal.queue.services.coming import expected

ALL_KINDS = N_("以下事项合计")
WEEKS_SHOWN = timedelta(weeks=12)
RELOADS = 10
"""Seconds after which the wall looks again."""
WALL: dict[str, Phrase] = {"number": N_("票号"), "desk": N_("请到窗口"), "none": N_("现在没有叫号")}
"""What the wall says in both languages at once."""


@bp.get("/queue/<uuid:code>")
@allow("public")
def place(code: UUID) -> Response:
    """My place: how many are before me and how long that may take, for whoever has the paper."""
    session = reading()
    found = line.by_code(session, code) or abort(404)
    ticket, ahead, load, told = found.ticket, None, None, None
    over = ticket.day != clock.today()
    if ticket.state in IN_LINE and not over:
        now = clock.now()
        ahead = ahead_of(line.in_line(session, ticket.hall_id, ticket.day), line.as_in_line(ticket))
        load, told = expected(session, ticket.hall_id, ticket.day, ticket.skill, ahead, now)
    return page(
        "queue/place.html",
        ticket=ticket,
        hall=hall_name(found.hall),
        desk=found.desk,
        errands=titles(ticket.errands),
        skill=skills().get(ticket.skill, ""),
        states=STATES,
        done=titles(line.done_at(session, ticket.id)) if ticket.state == State.FINISHED else "",
        ahead=ahead,
        told=told,
        shut=load is None,
        over=over,
        now=clock.now(),
    )


@bp.get("/halls/<uuid:hall_id>/screen")
@allow("public")
def screen(hall_id: UUID) -> Response:
    """The wall of a hall: numbers and desks, in both languages, nothing of a person."""
    session = reading()
    shown = hall(session, hall_id) or abort(404)
    calls = line.called(session, hall_id, clock.today())
    answer = page("queue/screen.html", hall=shown, calls=calls, words=WALL, speak=language)
    # No one reads on a wall at their own pace, and nothing is typed there: it may load itself anew.
    answer.headers["Refresh"] = str(RELOADS)
    return answer


@bp.get("/measures")
@allow("public")
def measured() -> Response:
    """What was promised about waits and what came of it, from the events of tickets alone."""
    session, today = reading(), clock.today()
    since = monday_of(today - WEEKS_SHOWN)
    return page(
        "queue/measured.html",
        aim=AIM,
        few=measures.FEW,
        since=since,
        weeks=[week for week in measures.weeks(session, since) if week.share is not None][::-1],
        hours=measures.waits_by_hour(session, since),
        service=measures.service_times(session, since),
        tickets=measures.tickets(session, since),
        shares=[
            (one, standard(one.kind).title if one.kind else ALL_KINDS)
            for one in measures.online_shares(session, since)
        ],
        errands=errands(),
        chinese=lang() == "zh",
        look_back=LOOK_BACK.days // 7,
    )
