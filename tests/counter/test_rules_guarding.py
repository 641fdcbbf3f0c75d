"""Two people where a file is guarded: the one who asks does not decide."""

from uuid import uuid4

import pytest

from portal.core.refusal import Refusal
from portal.counter.rules.guarding import require_another


def test_who_asked_does_not_decide():
    asked_by = uuid4()
    require_another(asked_by, uuid4())
    with pytest.raises(Refusal) as no:
        require_another(asked_by, asked_by)
    assert no.value.reason.code == "two-needed"
