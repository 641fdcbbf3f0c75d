"""Forms: what a person may type and choose, cleaned, bounded and answered with a message beside the question.

Each field kind reads whatever is posted without failing; `.data` holds a clean value or nothing. Questions,
hints and messages are Chinese source text (`N_`) and are translated when the page shows them.
"""

from wtforms.validators import ValidationError

from portal.core.forms.choices import ChoiceField, ChoicesField, Option, SelectField, TickField
from portal.core.forms.days import DayField, MonthField
from portal.core.forms.files import FileField
from portal.core.forms.form import Form, QueryForm, Question
from portal.core.forms.numbers import MoneyField, WholeField
from portal.core.forms.text import (
    CodeField,
    EmailField,
    HiddenField,
    IdNumberField,
    LongTextField,
    MobileField,
    SecretField,
    TextField,
)

__all__ = [
    "Form",
    "QueryForm",
    "Question",
    "ValidationError",
    "TextField",
    "LongTextField",
    "EmailField",
    "MobileField",
    "CodeField",
    "IdNumberField",
    "SecretField",
    "HiddenField",
    "MoneyField",
    "WholeField",
    "ChoiceField",
    "ChoicesField",
    "SelectField",
    "Option",
    "TickField",
    "DayField",
    "MonthField",
    "FileField",
]
