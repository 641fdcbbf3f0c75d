"""Appointments: seats of a day at a hall, held, booked, moved, given back and offered to those who wait."""
