"""What the order promises, held against everybody who came on a day."""

from portal.demo.simulated import Guest, Plan
from portal.queue.rules.order import MOST_LATER


def against_the_order(plan: Plan, seen: list[Guest]) -> list[str]:
    """Every breach of what the order promises, on one day of a hall; `seen` is everybody who came."""
    wrong = []
    seats = {line.skill: line.seats for line in plan.lines}
    for skill in seats:
        line = sorted((one for one in seen if one.skill == skill), key=lambda one: (one.called, one.desk))
        for mine in line:
            # Of what happened in the same second nobody is told which was first.
            before = [one for one in line if one is not mine and mine.came < one.called < mine.called]
            later = [one for one in before if one.came > mine.came]
            wrong += [f"{one.number} before {mine.number}" for one in before if one.claim > mine.claim]
            if any(one.came - mine.came > MOST_LATER.total_seconds() for one in later):
                wrong.append(f"{mine.number}: somebody came much later and went first")
            if mine.slot is None and len(later) > seats[skill]:
                wrong.append(f"{mine.number}: {len(later)} came later and went first")
    return wrong
