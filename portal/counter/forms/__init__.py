"""What staff type: to come in, to open a file, to work on a matter."""

from portal.counter.forms.finding import FindForm, PurposeForm
from portal.counter.forms.guarding import GuardForm
from portal.counter.forms.releasing import LimitsForm
from portal.counter.forms.signing_in import EnrolForm, StaffSignInForm
from portal.counter.forms.working import DecisionForm, NoteForm, OpenForm, ReturnForm, StepForm

__all__ = [
    "LimitsForm",
    "GuardForm",
    "DecisionForm",
    "EnrolForm",
    "FindForm",
    "NoteForm",
    "OpenForm",
    "PurposeForm",
    "ReturnForm",
    "StaffSignInForm",
    "StepForm",
]
