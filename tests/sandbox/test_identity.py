"""The registers: who a person is, what a firm is, read from files that may change."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.launch import Running, start

PERSON = {
    "name": "欧阳·阿依古丽",
    "id_kind": "resident-id",
    "id_number": "440399199001010027",
    "mobile": "19900000001",
}
GONE = PERSON | {"name": "李四", "id_number": "440399194001010016", "status": "deceased"}
FIRM = {
    "uscc": "91440300MA5EXAMPLE",
    "name": "深圳市示例有限公司",
    "kind": "limited-company",
    "status": "active",
    "legal_representative": {"name": "李四", "id_kind": "resident-id", "id_number": "440399194001010016"},
}


def write(path: Path, *lines: dict) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("registers")
    write(made / "people.jsonl", PERSON, GONE)
    write(made / "firms.jsonl", FIRM)
    return made


@pytest.fixture(scope="module")
def process(folder) -> Iterator[Running]:
    with start("identity", people=folder / "people.jsonl", firms=folder / "firms.jsonl") as running:
        yield running


@pytest.fixture
def register(process) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer sandbox-key"}
    with httpx.Client(base_url=process.base_url, headers=headers, trust_env=False) as client:
        yield client


def asked(**changes) -> dict:
    return {name: PERSON[name] for name in ("name", "id_kind", "id_number")} | changes


@pytest.mark.parametrize(
    ("change", "matched", "mobile_matched", "reason"),
    [
        ({}, True, None, None),
        ({"mobile": PERSON["mobile"]}, True, True, None),
        ({"mobile": "19900000002"}, True, False, None),
        ({"name": "欧阳阿依古丽"}, False, None, "name-differs"),
        ({"name": "张三", "mobile": PERSON["mobile"]}, False, None, "name-differs"),
        ({"id_number": "440399199001010035"}, False, None, "no-such-number"),
        ({"id_kind": "passport"}, False, None, "no-such-number"),
        ({"name": GONE["name"], "id_number": GONE["id_number"]}, False, None, "withdrawn"),
    ],
)
def test_a_question_and_its_answer(register, change, matched, mobile_matched, reason):
    answer = register.post("/match", json=asked(**change))
    assert answer.json() == {"matched": matched, "mobile_matched": mobile_matched, "reason": reason}


@pytest.mark.parametrize("change", [{"name": ""}, {"name": None}, {"id_number": 7}, {"mobile": 7}])
def test_a_question_it_cannot_read(register, change):
    assert register.post("/match", json=asked(**change)).status_code == 400
    assert register.post("/match", content=b"{half").status_code == 400


@pytest.mark.parametrize("header", ["", "Bearer wrong", "sandbox-key"])
def test_it_answers_only_to_its_key(register, header):
    assert register.post("/match", json=asked(), headers={"Authorization": header}).status_code == 401


def test_a_firm(register):
    assert register.get(f"/firms/{FIRM['uscc']}").json() == FIRM | {"seq": 1}
    assert register.get("/firms/91440300MA5NOTHERE").status_code == 404


def test_changes_are_followed_by_number(register, folder):
    moved = FIRM | {"status": "deregistered"}
    write(folder / "firms.jsonl", FIRM, FIRM | {"uscc": "91440300MA5ANOTHER"}, moved)
    first = register.get("/changes", params={"limit": 2}).json()
    assert [change["seq"] for change in first["changes"]] == [1, 2]
    assert register.get("/changes", params={"after": first["next"]}).json() == {
        "changes": [{"seq": 3, "kind": "firm", "uscc": FIRM["uscc"], "firm": moved}],
        "next": 3,
    }
    assert register.get("/changes", params={"after": 3}).json() == {"changes": [], "next": 3}
    assert register.get(f"/firms/{FIRM['uscc']}").json()["status"] == "deregistered"


def test_a_fact_about_a_firm_is_a_change_and_leaves_its_record_alone(register, folder):
    fact = {
        "kind": "tax-control-device",
        "reference": "D-1",
        "since": "2026-01-05",
        "facts": {"device": "税务UKey"},
    }
    write(folder / "firms.jsonl", FIRM, {"uscc": FIRM["uscc"], "fact": fact})
    sent = register.get("/changes", params={"after": 1}).json()["changes"]
    assert sent == [{"seq": 2, "kind": "fact", "uscc": FIRM["uscc"], "fact": fact}]
    assert register.get(f"/firms/{FIRM['uscc']}").json() == FIRM | {"seq": 1}


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("gap", lambda seqs: len(seqs) == 29 and seqs == sorted(set(seqs))),
        ("duplicate", lambda seqs: len(seqs) == 31 and len(set(seqs)) == 30),
        ("reorder", lambda seqs: seqs != sorted(seqs) and sorted(seqs) == [*range(1, 31)]),
    ],
)
def test_a_feed_may_be_asked_to_misbehave_once(register, process, folder, fault, sent):
    write(folder / "firms.jsonl", *[FIRM | {"name": f"第{n}号"} for n in range(30)])
    process.tell("faults", kind=fault, path="/changes")
    answer = register.get("/changes").json()
    assert sent([change["seq"] for change in answer["changes"]])
    assert answer["next"] == 30
    after = register.get("/changes").json()["changes"]
    assert [change["seq"] for change in after] == [*range(1, 31)]


def test_a_file_that_changes_is_read_again(register, folder):
    newcomer = PERSON | {"name": "王五", "id_number": "440399199202020019"}
    write(folder / "people.jsonl", PERSON, GONE, newcomer)
    question = asked(name="王五", id_number=newcomer["id_number"])
    assert register.post("/match", json=question).json()["matched"]


def test_faults_strike_the_register_too(register, process):
    process.tell("faults", kind="error_before", path="/match")
    assert register.post("/match", json=asked()).status_code == 500
    process.tell("faults", kind="garbage", path="/match")
    with pytest.raises(json.JSONDecodeError):
        register.post("/match", json=asked()).json()
    process.tell("faults", kind="cut_after", path="/match")
    with pytest.raises(httpx.TransportError):
        register.post("/match", json=asked())
    assert register.post("/match", json=asked()).json()["matched"]


def test_a_whole_town(tmp_path):
    count = 430_000
    with (tmp_path / "town.jsonl").open("w", encoding="utf-8") as file:
        for i in range(count):
            row = f'{{"name": "居民{i}", "id_kind": "resident-id", "id_number": "{i:018}", "mobile": null}}'
            file.write(row + "\n")
    begun = time.monotonic()
    with start("identity", people=tmp_path / "town.jsonl") as running:
        ready = time.monotonic() - begun
        last = {"name": f"居民{count - 1}", "id_kind": "resident-id", "id_number": f"{count - 1:018}"}
        headers = {"Authorization": "Bearer sandbox-key"}
        answer = httpx.post(
            f"{running.base_url}/match", json=last, headers=headers, timeout=60, trust_env=False
        )
        assert answer.json()["matched"]
        resident = int(Path(f"/proc/{running.process.pid}/statm").read_text().split()[1]) * 4096
    assert ready < 5  # the file is read after the ready line, so this does not grow with the town
    assert resident < 300_000_000
