"""How findings are said: a line each, and the options that mend them put together."""

from collections.abc import Iterable, Sequence

from fromraw.describing.recognizing import Known
from fromraw.findings.base import Finding
from fromraw.parts import parts

_SEVERAL = ("--ignore", "--type")
"""Options that take several values, parted by commas."""


def line_of(finding: Finding) -> str:
    """'! rows are in order of signup.  --time signup tests on the latest rows'"""
    sign = "!" if finding.gravity == "warning" else "·"
    return f"{sign} {finding.text}.  {finding.remedy}".rstrip()


def worth_saying(found: Iterable[Finding], known: dict[str, Known]) -> list[Finding]:
    """All but notes on columns that are left out: where these are listed, that is enough."""
    left_out = [name for name, k in known.items() if k.role == "left out"]
    return [finding for finding in found if finding.gravity == "warning" or finding.column not in left_out]


def look_first(found: Iterable[Finding], most: int = 3) -> list[Finding]:
    """The gravest warnings: those that make the score mean something else, then what was found in the trained net, then
    what was found in the data. How few rows there are is left out: the intervals say it."""
    finders, audits = parts("findings"), parts("audits")
    voids = [name for name, part in finders.items() if part.cls.voids]
    told = [name for name, part in finders.items() if part.cls.counts_rows]
    warnings = [finding for finding in found if finding.gravity == "warning" and finding.kind not in told]
    return sorted(warnings, key=lambda finding: (finding.kind not in voids, finding.kind not in audits))[:most]


def mending(found: Sequence[Finding]) -> dict[str, str]:
    """{option: value} that mends all warnings; of contradicting ones the first."""
    options: dict[str, str] = {}
    for finding in found:
        pairs = zip(finding.options[::2], finding.options[1::2], strict=True)
        for option, value in pairs if finding.gravity == "warning" else ():
            if option not in options:
                options[option] = value
            elif option in _SEVERAL and value not in options[option].split(","):
                options[option] += f",{value}"
    return options
