"""What a user can mend: one line that names what was given, what was wanted and what to do."""

import re


class UserError(ValueError):
    """A request that cannot be met as it stands. Programs print its line and end with code 1."""


def reason(error: Exception) -> str:
    """Why the system, or TensorFlow, could not: in one line, without where in a graph it happened."""
    why = getattr(error, "strerror", None) or getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(re.sub(r"\{\{.*?\}\}", "", why).split())[:300]
