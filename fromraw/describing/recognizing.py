"""Which columns there are, what each is for, and why: types by the columns' own claims, roles by rule or as told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from fromraw.columns.base import Claim, Column, Sample
from fromraw.describing.survey import Survey
from fromraw.errors import Refused, UsageError, unknown
from fromraw.parts import find, parts
from fromraw.sources.base import Field, Source

Role = Literal["input", "output", "left out"]


@dataclass(frozen=True)
class Wishes:
    """What a person said of the columns; empty where nothing was said. guess: whether groups and copies that nobody
    named may be kept together (`--group none` says no)."""

    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    time: str | None = None
    guess: bool = True


@dataclass(frozen=True)
class Known:
    """A column, its role, and the reason for both."""

    column: Column
    role: Role
    reason: str
    why_output: str = ""


def recognize(source: Source, survey: Survey, wishes: Wishes, need_output: bool = True) -> dict[str, Known]:
    """Every column of the source by name, in the source's order. Raises UsageError for names that do not exist, and
    where no output can be found."""
    fields = [f for f in source.fields if f.meaning != "split"]
    sample = Sample(fields, survey.sample, survey.rows)
    claims = _settle(_claims(sample, wishes), fields)
    known = {claim.name: _known(kind, claim) for kind, claim in claims}
    wishes = _spelled_out(wishes, known, source)
    known |= {name: _taken_anyway(known[name], sample) for name in wishes.inputs if known[name].role == "left out"}
    outputs, why = _outputs(_left_out(known, replace(wishes, inputs=())), source, wishes)
    known = _left_out(known, replace(wishes, outputs=outputs))
    if not outputs and need_output:
        raise UsageError(f"{source.place}: which column is to be predicted? None can be told; --output COLUMN says it.")
    for name in outputs:
        known[name] = _as_output(known[name], sample, wishes, why)
    return known


def _claims(sample: Sample, wishes: Wishes) -> list[tuple[str, Claim]]:
    """All claims of all types; for a field whose type was named, only that type's."""
    found, free = [], []
    for item in sample.fields:
        if item.name in wishes.types:
            kind, told = read_type(item.name, wishes.types[item.name])
            named = replace(sample, fields=[item], named=True, told=told, seen={})
            found += [(kind, claim) for claim in _named(kind, named)]
        else:
            free.append(item)
    rest = replace(sample, fields=free)
    for kind, known in parts("columns").items():
        try:
            found += [(kind, claim) for claim in known.cls.recognize(rest)]
        except Refused:
            continue
    return found


def _named(kind: str, sample: Sample) -> list[Claim]:
    name = sample.fields[0].name
    try:
        claims: list[Claim] = find("columns", kind).cls.recognize(sample)
    except Refused as refusal:
        raise UsageError(f"--type {name}={kind}: {refusal}.") from None
    if not claims:
        raise UsageError(f"--type {name}={kind}: its cells cannot be read as {kind}.")
    return [replace(claim, sure=2.0, settings={**claim.settings, **sample.told}) for claim in claims]


def read_type(name: str, words: str) -> tuple[str, dict[str, Any]]:
    """`date:mdy` as date and {layout: mdy}: a type, and choices of its settings by their value, or by name where they
    are on or off. Raises UsageError for what is none of them."""
    kind, *choices = words.split(":")
    told: dict[str, Any] = {}
    settings = find("columns", kind).settings
    able = {value: (s.name, value) for s in settings.values() for value in get_args(s.type)}
    able |= {s.name: (s.name, True) for s in settings.values() if s.type is bool}
    for choice in choices:
        if choice not in able:
            raise unknown("choice", choice, able, f"--type {name}={kind}")
        told |= dict([able[choice]])
    return kind, told


def _settle(claims: list[tuple[str, Claim]], fields: Sequence[Field]) -> list[tuple[str, Claim]]:
    """Each field to the surest claim; in the order of the fields."""
    taken: dict[str, tuple[str, Claim]] = {}
    for kind, claim in sorted(claims, key=lambda pair: (-pair[1].sure, -len(pair[1].fields))):
        if not any(name in taken for name in claim.fields):
            taken |= dict.fromkeys(claim.fields, (kind, claim))
    ordered = [taken[item.name] for item in fields]
    return [pair for number, pair in enumerate(ordered) if pair not in ordered[:number]]


def _known(kind: str, claim: Claim) -> Known:
    column = make_column(kind, claim)
    column.strict = claim.sure > 1
    return Known(column, "left out" if column.role == "left out" else "input", claim.reason)


def make_column(kind: str, claim: Claim) -> Column:
    """The column that a claim describes, not yet fitted; JSON's lists as the tuples that its settings are."""
    known = find("columns", kind)
    column: Column = known.cls(claim.name, claim.fields, **known.check(claim.settings))
    return column


def _spelled_out(wishes: Wishes, known: Mapping[str, Known], source: Source) -> Wishes:
    """Wishes with exact names; a name with commas in it is one name where there is such a column."""
    names = list(known)
    several = {n: known_as for known_as, k in known.items() for n in k.column.fields}

    def split(words: Sequence[str]) -> tuple[str, ...]:
        exact = [w if w in names else part.strip() for w in words for part in ([w] if w in names else w.split(","))]
        return tuple(several.get(_checked(name, [*names, *several], source), name) for name in exact)

    for name in [*wishes.types, *filter(None, (wishes.group, wishes.time))]:
        _checked(name, [*names, *several], source)
    for option, told in (("--group", wishes.group), ("--time", wishes.time)):
        if told and (told not in known or known[told].column.fields != (told,)):
            column = known[several.get(told, told)].column
            raise UsageError(f"{option} {told}: a single column is needed, not {column.name} ({column.type}).")
    return replace(wishes, outputs=split(wishes.outputs), inputs=split(wishes.inputs), ignored=split(wishes.ignored))


def _checked(name: str, names: Sequence[str], source: Source) -> str:
    if name not in names:
        raise unknown("column", name, names, source.place)
    return name


def _left_out(known: dict[str, Known], wishes: Wishes) -> dict[str, Known]:
    """As told: --ignore, --input, and the column that names the groups, which would tell who a row belongs to."""
    told = {}
    for name, k in known.items():
        out = name in wishes.ignored or (wishes.inputs and name not in (*wishes.inputs, *wishes.outputs))
        if name == wishes.group and name not in wishes.inputs:
            told[name] = replace(k, role="left out", reason=f"{k.reason}; names the groups (--group)")
        elif out:
            told[name] = replace(k, role="left out", reason="as told")
        else:
            told[name] = k
    return told


def _taken_anyway(k: Known, sample: Sample) -> Known:
    """An input that was named although its type is read by no net: what only seems to name rows is taken as what its
    cells are beside it."""
    name = k.column.name
    fields = [item for item in sample.fields if item.name in k.column.fields]
    claims = _claims(replace(sample, fields=fields), Wishes()) if k.column.names_rows and not k.column.strict else []
    able = [(kind, claim) for kind, claim in claims if find("columns", kind).cls.role == "input"]
    if able:
        return _known(*max(able, key=lambda pair: pair[1].sure))
    raise UsageError(
        f"{name} is {k.column.type} ({k.reason}), which no net here reads; --type {name}=category takes it."
    )


def _outputs(known: Mapping[str, Known], source: Source, wishes: Wishes) -> tuple[tuple[str, ...], str]:
    """What to predict, and the rule that says so, with the runner-up."""
    if wishes.outputs:
        return wishes.outputs, "as told"
    able = [n for n, k in known.items() if k.role == "input" and k.column.decoder and n not in wishes.inputs]
    for meaning, words in (("class", "the folder's name"), ("label", "its name says so")):
        for item in source.fields:
            if item.meaning == meaning and item.name in able:
                return (item.name,), words
    if not able or (len(known) == 1):
        return (), ""
    last, *others = reversed(able)
    runner_up = f"; next guess: {others[0]}" if others else ""
    return (last,), f"last column (none is called label, class, target, y){runner_up}"


def _as_output(k: Known, sample: Sample, wishes: Wishes, why: str) -> Known:
    """Recognized once more, now as something to predict."""
    name = k.column.name
    fields = [item for item in sample.fields if item.name in k.column.fields]
    kind, told = read_type(name, wishes.types[name]) if name in wishes.types else ("", {})
    asked = replace(sample, fields=fields, output=True, named=bool(kind), told=told, seen={} if told else sample.seen)
    kinds = [kind] if kind else list(parts("columns"))
    claims = []
    for kind in kinds:
        try:
            found = [c for c in find("columns", kind).cls.recognize(asked) if c.fields == k.column.fields]
            claims += [(kind, replace(c, settings={**c.settings, **told})) for c in found]
        except Refused:
            continue
    able = [(kind, claim) for kind, claim in claims if find("columns", kind).cls.decoder]
    left_out = [(kind, claim) for kind, claim in claims if find("columns", kind).cls.role == "left out"]
    if not able and wishes.outputs:
        kind, claim = max([*claims, (k.column.type, Claim((), "", 0, k.reason))], key=lambda pair: pair[1].sure)
        raise UsageError(f"--output {name}: it is {kind} ({claim.reason}), which cannot be predicted.")
    best = max(able, key=lambda pair: pair[1].sure)
    surer = max((claim.sure for _, claim in left_out), default=0.0)
    if wishes.outputs and surer > best[1].sure and name not in wishes.types:
        kind, claim = max(left_out, key=lambda pair: pair[1].sure)
        if hopeless := find("columns", kind).cls.unpredictable:
            raise UsageError(f"--output {name}: it is {kind} ({claim.reason}); {hopeless}.")
    return replace(_known(*best), role="output", why_output=why)


def of_role(known: Mapping[str, Known], role: Role) -> dict[str, Column]:
    """The columns that have this role."""
    return {name: k.column for name, k in known.items() if k.role == role}


def as_rows(known: Mapping[str, Known]) -> dict[str, dict[str, Any]]:
    """{name: {type, role, reason}}, as `describe --json` prints it."""
    return {
        name: {"type": k.column.type, "role": k.role, "reason": "; ".join(filter(None, [k.why_output, k.reason]))}
        for name, k in known.items()
    }
