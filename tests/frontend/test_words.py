"""Words in templates: translated, filled in, and never taken for markup."""

import pytest
from flask import render_template_string


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ('{{ _("放大到 400% 不会横向滚动") }}', "放大到 400% 不会横向滚动"),
        ('{{ _("扣除 20%的费用：%(sum)s"|replace("%的", "%%的"), sum=1) }}', "扣除 20%的费用：1"),
        ('{{ _("%(name)s，您好", name=typed) }}', "&lt;b&gt;，您好"),
        ("{{ _(typed) }}", "&lt;b&gt;"),
        ('{{ _("%(name)s，您好", name=_(typed)) }}', "&lt;b&gt;，您好"),
    ],
)
def test_words_are_shown_as_they_are(gallery_app, template, shown):
    with gallery_app.test_request_context("/"):
        assert render_template_string(template, typed="<b>") == shown
