"""All audits of a trained net in order of their cost, within the seconds that they are given."""

from dataclasses import replace

from fromraw.audits.base import Trained
from fromraw.findings.base import Finding
from fromraw.findings.running import SHARE_OF_ONE, ask_all


def audit_all(trained: Trained, seconds: float, within: float) -> list[Finding]:
    """Warnings first, then notes. seconds: for all together, as the command gives them, by which an audit chooses how
    many rows to look at; within: those that are left by the clock. Audits for which there was no time, and those that
    failed, are told in notes of their own."""
    return ask_all("audits", replace(trained, seconds=SHARE_OF_ONE * seconds), within)
