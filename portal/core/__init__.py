"""What every room stands on: money, time, keys, the database, access and pages."""
