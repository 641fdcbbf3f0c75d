"""The decisions of the accounts room: sessions, limits, passwords, contacts, levels."""
