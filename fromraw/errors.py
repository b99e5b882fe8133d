"""The errors that a person sees: what is wrong, what was received, what to do, in one sentence.

FromrawError
├── UsageError            something typed wrongly, also when only the data shows it   (exit 2)
├── DataError             the data cannot be used as they are                         (exit 1)
├── MachineError          memory, disk, a missing device or a missing package         (exit 1)
└── RunError              a run folder that is not one, or is from a later version    (exit 1)
Refused                   a part says why it does not apply here; never reaches a person as an error
"""

from collections.abc import Iterable
from difflib import get_close_matches


class FromrawError(Exception):
    """Base of every error with a message for a person."""

    exit_code = 1


class UsageError(FromrawError):
    """A command, option, column or setting was typed wrongly."""

    exit_code = 2


class DataError(FromrawError):
    """The data cannot be read or used as they are."""


class MachineError(FromrawError):
    """The machine lacks something: memory, disk, a device, a package."""


class RunError(FromrawError):
    """A folder is not a run, is damaged, or was written by a later version."""


class Refused(Exception):
    """A part does not apply here; the message is the reason, in words."""


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> UsageError:
    """The error for a name that does not exist, with the nearest one that does."""
    names = sorted(set(known))
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    hint = f'did you mean "{lowered[near[0]]}"?' if near else f"there are: {', '.join(names[:12]) or 'none'}."
    return UsageError(f'no {what} "{name}"{f" in {where}" if where else ""}; {hint}')
