"""What a check shows and what changed since the one before, by itself."""

from portal.deregistration.rules import Shown, compare, in_order, read, shown, written
from portal.risk.rules import ASK_THE_OFFICE, CATALOGUE, Hit, Severity


def seen(*codes):
    return shown(Hit(CATALOGUE[code], ({"reference": code},)) for code in codes)


def codes(findings):
    return [one.code for one in findings]


def test_what_is_kept_is_read_as_it_was_shown():
    before = seen("arrears", "land-source", "credit-grade")
    assert read(written(before)) == before


def test_a_later_run_tells_what_was_cured_and_what_is_new():
    changes = compare(seen("arrears", "surcharge", "fine"), seen("fine", "branch"))
    assert codes(changes.cured) == ["arrears", "surcharge"]
    assert codes(changes.fresh) == ["branch"]


def test_what_was_cured_keeps_the_rows_that_showed_it():
    [cured] = compare(seen("arrears"), []).cured
    assert cured.rows == ({"reference": "arrears"},)


def test_what_remains_with_other_rows_is_neither_cured_nor_new():
    [before], [now] = seen("arrears"), shown([Hit(CATALOGUE["arrears"], ())])
    changes = compare([before], [now])
    assert (changes.cured, changes.fresh) == ((), ())


def test_the_heaviest_comes_first_and_what_can_be_done_now_before_what_needs_a_visit():
    found = seen("credit-grade", "land-source", "representative-unproven", "inspection", "fine")
    assert codes(in_order(found)) == [
        "fine",
        "inspection",
        "representative-unproven",
        "land-source",
        "credit-grade",
    ]


def test_advice_does_not_stand_between_a_firm_and_clearance():
    advice, promise, block = seen("credit-grade", "land-source", "fine")
    assert [one.stands_between for one in (advice, promise, block)] == [False, True, True]


def test_a_finding_that_is_no_longer_in_the_list_is_shown_as_it_was():
    gone = Shown("equity-frozen", "股权被冻结", "某规定", Severity.BLOCKS, ({"court": "一"},))
    assert (gone.finding, gone.can_be_done_now, gone.stands_between) == (None, False, True)


def test_what_a_firm_is_not_told_is_a_finding_like_any_other():
    [one] = shown([Hit(ASK_THE_OFFICE, ())])
    assert one.finding is ASK_THE_OFFICE
    assert not one.can_be_done_now
