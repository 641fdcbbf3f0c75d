"""收入明细: the lines payers reported, with their source and the day they arrived."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import page, reading
from portal.income import queries
from portal.income.rules import ITEMS, totals

bp = Blueprint("income", __name__, url_prefix="/look-up")


@bp.get("/income")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """One year of lines, the newest year first; corrected lines stay visible and do not count."""
    person = acting().taxpayer_id
    years = queries.years_with_income(reading(), person)
    year = request.args.get("year", type=int)
    if year not in years:
        year = years[0] if years else None
    lines = queries.lines_of_year(reading(), person, year, corrected_too=True) if year else ()
    replaced = {line.corrects_id for line in lines if line.corrects_id}
    counting = [line for line in lines if line.id not in replaced]
    return page(
        "income/index.html",
        years=years,
        year=year,
        lines=lines,
        replaced=replaced,
        totals=totals(counting),
        items=ITEMS,
    )
