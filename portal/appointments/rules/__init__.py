"""How bookings go on, what is fair in giving seats, and the calendar file of a visit."""
