"""The register's feed, followed: lost, repeated and shaken changes end where the ordered ones do."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import jobs
from portal.accounts.queries.mandates import contexts
from portal.accounts.rules.mandates import Role
from portal.core import clock
from portal.core.crypto import Keyring
from portal.core.refusal import Unavailable
from portal.demo import town
from portal.gateways import Gateways
from portal.taxpayers import queries, services
from portal.taxpayers.models import Firm, FirmFact, RegisterEvent, Taxpayer, TaxRegistration
from tests.market import change, fact_line, firm_line, record

AT = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
KEYS = Keyring.parse(Keyring.generate())
PEOPLE = tuple(town.people(4, date(2026, 3, 9)))
CODES = tuple(town.credit_code(90_000 + n) for n in range(3))
TAXES = ("vat-small-scale", "corporate-income", "withholding")
FIRST_DAY = date(2024, 1, 2)


def a_stream(chance):
    """What happened to three firms: thirty changes with their numbers, each firm's record first."""
    day, lines = FIRST_DAY, [firm_line(code, "第一个名称", PEOPLE[0]) for code in CODES]
    for _ in range(27):
        day += timedelta(days=chance.choice((0, 0, 1, 40)))
        lines.append(chance.choice((a_record, a_record, a_fact))(chance, chance.choice(CODES), day))
    return [change(seq, line) for seq, line in enumerate(lines, 1)]


def a_record(chance, code, day):
    taxes = [
        {"tax": tax, "period_kind": chance.choice(("month", "quarter")), "from": "2024-01-02", "to": end}
        for tax in chance.sample(TAXES, chance.randint(0, 3))
        for end in [chance.choice((None, day.isoformat()))]
    ]
    return firm_line(
        code,
        chance.choice(("第一个名称", "第二个名称", "第三个名称")),
        chance.choice(PEOPLE),
        taxes,
        kind=chance.choice(("company", "individual-business")),
        status=chance.choice(("active", "active", "revoked")),
        vat_payer=chance.choice(("small-scale", "general")),
        changed_on=day.isoformat(),
    )


def a_fact(chance, code, day):
    return fact_line(
        chance.choice(("unused-invoices", "inspection")),
        chance.choice(("R-1", "R-2")),
        code,
        since=day.isoformat(),
        until=chance.choice((None, (day + timedelta(days=9)).isoformat())),
        secret=chance.random() < 0.3,
        facts={"sheets": chance.randint(1, 90)},
    )


def polls(chance, stream, cursor):
    """What the feed sends when asked after the cursor: shaken while chance will, then as it is."""
    for _ in range(chance.randint(0, 12)):
        batch = [one for one in stream if one.seq > cursor() and chance.random() < 0.6]
        yield chance.sample(batch, len(batch)) + chance.choices(batch, k=len(batch) // 3 if batch else 0)
    yield [one for one in stream if one.seq > cursor()]


def opened(session, stream, code, upto):
    """The portal finds a firm in the register as it is after so many changes, and opens it."""
    records = [one.about for one in stream[:upto] if one.code == code and one.wire["kind"] == "firm"]
    services.register_firm(session, KEYS, records[-1], at=AT)


def state(session, stream):
    """Everything the portal says of the firms."""
    session.expire_all()
    last = max(one.about.changed_on for one in stream if one.wire["kind"] == "firm")
    days = [FIRST_DAY + timedelta(days=n) for n in range((last - FIRST_DAY).days + 2)]
    plain = [column.key for column in Firm.__table__.columns if "sealed" not in column.key]
    told = {"followed to": queries.followed_to(session)}
    for code in CODES:
        firm = queries.by_code(session, code)
        who = session.get_one(Taxpayer, firm.taxpayer_id)
        taxes = queries.registrations(session, who.id)
        facts = session.scalars(select(FirmFact).where(FirmFact.taxpayer_id == who.id))
        names = [one for one in queries.history(session, who.id, KEYS) if one.kind == "name"]
        told[code] = (
            {name: getattr(firm, name) for name in plain if name != "taxpayer_id"},
            queries.representative_number(firm, KEYS),
            (who.name, who.kind, queries.number_of(who, KEYS).number),
            [queries.in_force(names, "name", day).value for day in days],
            [(one.tax, one.period_kind, one.from_on, one.to_on) for one in taxes],
            sorted(
                (f.kind, f.reference, f.seq, f.since, f.secret, str(f.until), str(f.facts)) for f in facts
            ),
        )
    return told


def followed_in_order(engine, stream):
    with Session(engine) as session:
        for code in CODES:
            opened(session, stream, code, 3)
        for one in stream:
            services.follow(session, KEYS, [one], at=AT)
        return state(session, stream)


def followed_through_the_weather(engine, stream, chance):
    with Session(engine) as session:
        for batch in polls(chance, stream, lambda: queries.followed_to(session)):
            for code in CODES:
                if chance.random() < 0.2:
                    opened(session, stream, code, chance.randint(3, len(stream)))
            services.follow(session, KEYS, batch, at=AT)
        for code in CODES:
            opened(session, stream, code, chance.randint(3, len(stream)))
        return state(session, stream)


THOUSAND = [pytest.param(range(n, n + 100), marks=pytest.mark.soak) for n in range(0, 1000, 100)]


@pytest.mark.parametrize("seeds", [range(8), *THOUSAND], ids=str)
def test_a_lossy_repeating_shaken_feed_ends_where_the_ordered_one_does(database, seeds):
    writing = database.engine.execution_options(portal_writing=True)
    for seed in seeds:
        chance = random.Random(seed)
        stream = a_stream(chance)
        ordered = followed_in_order(writing, stream)
        assert ordered["followed to"] == len(stream)
        assert followed_through_the_weather(writing, stream, chance) == ordered, f"stream {seed}"


# A few of the same, one at a time.


@pytest.fixture
def firm(database):
    with database.transaction() as session:
        return services.register_firm(session, KEYS, record(firm_line(), seq=1), at=AT).taxpayer_id


def follow(database, *numbered):
    with database.transaction() as session:
        return services.follow(session, KEYS, [change(seq, line) for seq, line in numbered], at=AT)


def cursor(database):
    with database.reading() as session:
        return queries.followed_to(session)


def test_the_cursor_waits_before_a_gap(database, firm):
    follow(database, (1, firm_line()), (2, firm_line()), (4, firm_line(name="跳过三的名称")))
    assert cursor(database) == 2
    with database.reading() as session:
        assert queries.taxpayer(session, firm).name == "跳过三的名称"
    follow(database, (3, firm_line(name="晚到的名称")))
    assert cursor(database) == 4
    with database.reading() as session:
        assert queries.taxpayer(session, firm).name == "跳过三的名称"


def test_a_change_is_kept_once_and_sealed(database, firm):
    for _ in range(3):
        follow(database, (1, firm_line(name="滨海某某有限公司")))
    with database.reading() as session:
        [kept] = session.scalars(select(RegisterEvent))
        assert "滨海某某".encode() not in kept.body_sealed


def test_whom_a_change_is_about_is_told_once_and_strangers_are_not(database, firm):
    touched = follow(
        database,
        (1, firm_line()),
        (2, fact_line()),
        (3, firm_line(town.credit_code(90_009))),
        (4, fact_line()),
    )
    assert [one.taxpayer_id for one in touched] == [firm]


def test_what_came_before_a_firm_was_opened_has_its_effect_when_it_is(database):
    old, new = firm_line(), firm_line(name="滨海远山贸易有限公司", changed_on="2026-02-01")
    follow(database, (1, old), (2, fact_line()), (3, new))
    with database.transaction() as session:
        made = services.register_firm(session, KEYS, record(new, seq=3), at=AT)
        [fact] = queries.facts_open(session, made.taxpayer_id, date(2026, 3, 9))
        assert fact.kind == "unused-invoices"
        who = queries.taxpayer(session, made.taxpayer_id)
        assert queries.name_on(session, who, date(2026, 1, 31), KEYS) == old["name"]
        assert queries.name_on(session, who, date(2026, 2, 1), KEYS) == new["name"]


# Over the wire, as the worker does it.


@pytest.fixture
def market(sandbox, settings):
    sandbox.identity.forget("faults")
    yield Gateways.connect(settings)
    sandbox.identity.forget("faults")
    sandbox.firms.write_text("", "utf-8")


def write(sandbox, lines):
    sandbox.firms.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def work(database, market, settings):
    jobs.handlers(database, market, settings)["follow-register"]({})


@pytest.mark.parametrize("fault", ["gap", "duplicate", "reorder"])
def test_the_worker_follows_the_register_through_its_faults(
    database, settings, sandbox, market, given, fault
):
    firms = [given.firm(name=f"旧名{n}") for n in range(4)]
    others = [firm_line(town.credit_code(90_500 + n)) for n in range(70)]
    renamed = [firm_line(firm.code, f"新名{n}", changed_on="2026-02-01") for n, firm in enumerate(firms)]
    facts = [fact_line(code=firm.code) for firm in firms]
    write(sandbox, [*others, *renamed, *facts])
    sandbox.identity.tell("faults", kind=fault, path="/changes", times=2)
    work(database, market, settings)
    work(database, market, settings)
    with database.reading() as session:
        assert queries.followed_to(session) == 78
        for n, firm in enumerate(firms):
            assert queries.taxpayer(session, firm.taxpayer_id).name == f"新名{n}"
            assert len(queries.facts_open(session, firm.taxpayer_id, date(2026, 3, 9))) == 1


def test_what_was_read_before_the_register_fell_silent_stands(database, settings, sandbox, market, given):
    firm = given.firm()
    write(sandbox, [firm_line(firm.code, "新名")] + [firm_line(town.credit_code(90_500))] * 60)
    sandbox.identity.tell("faults", kind="error_before", path="/changes", p=1.0, times=1)
    with pytest.raises(Unavailable):
        work(database, market, settings)
    assert cursor(database) == 0
    work(database, market, settings)
    assert cursor(database) == 61
    with database.reading() as session:
        assert queries.taxpayer(session, firm.taxpayer_id).name == "新名"


def test_a_tax_that_the_register_takes_back_is_gone_and_one_that_ended_has_its_day(database):
    entries = [{"tax": tax, "period_kind": "quarter", "from": "2024-01-02"} for tax in TAXES]
    with database.transaction() as session:
        made = services.register_firm(session, KEYS, record(firm_line(taxes=entries)), at=AT)
    before = {one.tax: one.id for one in taxes_of(database, made.taxpayer_id)}
    follow(database, (2, firm_line(taxes=[entries[0] | {"to": "2026-01-31"}, entries[1]])))
    after = taxes_of(database, made.taxpayer_id)
    assert {one.tax: one.to_on for one in after} == {TAXES[0]: date(2026, 1, 31), TAXES[1]: None}
    assert all(before[one.tax] == one.id for one in after)


def taxes_of(database, taxpayer):
    with database.reading() as session:
        mine = select(TaxRegistration).where(TaxRegistration.taxpayer_id == taxpayer)
        return sorted(session.scalars(mine), key=lambda one: one.tax)


def test_who_leaves_as_representative_loses_the_firm_with_the_next_change(
    database, settings, sandbox, market, given
):
    old, new = given.person(), given.person()
    firm = given.firm(representative=old)
    there = given.acting_for(old, given.mandate(firm, old, role=Role.REPRESENTATIVE))
    assert given.acting(there).taxpayer_id == firm.taxpayer_id
    write(sandbox, [firm_line(firm.code, firm.name, new, changed_on="2026-02-01")])
    work(database, market, settings)
    assert given.acting(there).taxpayer_id == old.taxpayer_id
    with database.reading() as session:
        today = clock.today()
        assert contexts(session, old.taxpayer_id, today) == []
        assert [one.taxpayer_id for one in contexts(session, new.taxpayer_id, today)] == [firm.taxpayer_id]
