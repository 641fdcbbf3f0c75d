"""What happens in a hall: `coming` gives out tickets, `serving` is a desk's work, `clearing` ends a day."""
