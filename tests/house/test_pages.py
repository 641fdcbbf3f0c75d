"""Every page there is, in both languages, seen by who may see it: audited whole, and cheap."""

import pytest

from tests.visitor import Visitor
from tests.world import furnished


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    """One for all of these: looking changes nothing."""
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", ["owner", "delegate", "newcomer", "reviewer", "nobody"])
def test_every_page_is_sound(world, language, who):
    """The visitor audits: frame, structure, questions, headers, language, number of statements."""
    wrong = []
    seen = 0
    for door in world.doors(reading=True):
        visitor = Visitor(world.app, language)
        if who != "nobody":
            visitor.carry(getattr(world, who).token)
        try:
            visitor.send("GET", world.address(door), {200, 404, 409})  # the owner's is not there for others
            seen += 1
        except AssertionError as error:
            wrong.append(f"{door}: {error}")
    assert wrong == []
    assert seen > 30
