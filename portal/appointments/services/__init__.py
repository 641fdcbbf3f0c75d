"""What is done with seats: opened, held, booked, moved, given back, waited for, missed."""

from portal.appointments.services.appealing import appeal, excuse
from portal.appointments.services.booking import cancel, confirm, hold, look
from portal.appointments.services.opening import cap, close_day, open_all, open_slots
from portal.appointments.services.passing import (
    by_minute,
    let_go,
    miss,
    place_seats,
    remind_all,
    serve,
)
from portal.appointments.services.proving import verify_seats
from portal.appointments.services.waiting import waiting_count, wish, withdraw_wish

__all__ = [
    "appeal",
    "by_minute",
    "cancel",
    "cap",
    "close_day",
    "confirm",
    "excuse",
    "hold",
    "let_go",
    "look",
    "miss",
    "open_all",
    "open_slots",
    "place_seats",
    "remind_all",
    "serve",
    "verify_seats",
    "waiting_count",
    "wish",
    "withdraw_wish",
]
