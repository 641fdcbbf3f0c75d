"""The calendar file of a visit (iCalendar, RFC 5545): in UTC, with a UID that stays while the visit moves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

PRODUCT = "-//Taxpayer portal//Appointments//ZH"
LONGEST = 75
"""Octets of a line (RFC 5545, 3.1)."""


class Method(StrEnum):
    """What a calendar is to do with it (RFC 5546)."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Visit:
    """What stands in the file. `sequence` grows whenever the visit moves or is called off."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    stamped_at: datetime
    summary: str
    place: str
    description: str
    organizer: str
    """A mail address."""
    organizer_name: str
    method: Method = Method.PUBLISH


def calendar_file(visit: Visit) -> str:
    """The whole file, lines ended as the standard wants them."""
    called_off = visit.method is Method.CANCEL
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{visit.method}",
        "BEGIN:VEVENT",
        f"UID:{visit.uid}",
        f"SEQUENCE:{visit.sequence}",
        f"DTSTAMP:{_moment(visit.stamped_at)}",
        f"DTSTART:{_moment(visit.starts_at)}",
        f"DTEND:{_moment(visit.ends_at)}",
        f"ORGANIZER;CN={_parameter(visit.organizer_name)}:mailto:{visit.organizer}",
        f"SUMMARY:{escaped(visit.summary)}",
        f"LOCATION:{escaped(visit.place)}",
        f"DESCRIPTION:{escaped(visit.description)}",
        f"STATUS:{'CANCELLED' if called_off else 'CONFIRMED'}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """A text value (3.3.11): backslash, semicolon, comma and line ends escaped; other controls left out."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        whole = whole.replace(plain, written)
    return "".join(character for character in whole if character >= " " and character != "\x7f")


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, each further one behind a space, no character cut in two."""
    pieces, room, piece = [], LONGEST, ""
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LONGEST - 1
        piece, room = piece + character, room - size
    return "\r\n ".join([*pieces, piece])


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _parameter(text: str) -> str:
    """A quoted parameter value (3.2), which can hold no quotation mark and no control."""
    plain = "".join(character for character in text if character >= " " and character not in '"\x7f')
    return f'"{plain}"'
