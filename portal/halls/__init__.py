"""The halls of the office: where they are, when they are open, what is done there, and who sits at which desk."""
