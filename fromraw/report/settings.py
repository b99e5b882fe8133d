"""The plan as a list: every setting's address, its value, and who chose it and why."""

from dataclasses import dataclass
from typing import Any

from fromraw.planning.plan import Plan, Reasons, addresses, get


@dataclass(frozen=True)
class Choice:
    """One line of the list."""

    address: str
    value: str
    who: str
    why: str


def list_settings(plan: Plan, reasons: Reasons) -> list[Choice]:
    """Those with a reason first as they stand in the plan, then the defaults."""
    data = plan.model_dump(mode="json")
    found = []
    for address, key in addresses(data).items():
        reason = reasons.get(address)
        value = write_value(get(data, key))
        found.append(Choice(address, value, reason.who if reason else "default", reason.why if reason else ""))
    return sorted(found, key=lambda choice: choice.who == "default")


def write_value(value: Any) -> str:
    """A value of a plan in words: lists by commas, numbers with six digits."""
    if isinstance(value, list):
        return ", ".join(map(write_value, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {write_value(item)}" for key, item in value.items())
    if isinstance(value, float):
        return f"{value:.6g}"
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
