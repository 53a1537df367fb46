"""What a user can mend: one line that names what was given, what was wanted and what to do."""


class UserError(ValueError):
    """A request that cannot be met as it stands. Programs print its line and end with code 1."""
