"""预约办税: choosing what for, where and when; the taxpayer's visits; waiting for a seat."""

from portal.appointments.routes import choosing, visits, wishes
from portal.appointments.routes.door import bp

__all__ = ["bp", "choosing", "visits", "wishes"]
