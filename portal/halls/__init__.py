"""The halls of the office: where they are, when they are open, what is done there, who sits at which desk."""
