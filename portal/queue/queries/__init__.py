"""Named reads of the queue: `line` for the day as it goes, `measures` for what was measured."""
