"""Every option of the command line, once: its name, its meaning, and what a wrong value is answered with.

Options that belong together are a dataclass; a command that takes one of them takes its options (`spread`).
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_type_hints

from typer import Argument, Option

from fromraw.errors import UsageError

# ------------------------------------------------------------------------------------------------------------- values


def _above(lowest: int, kind: type, name: str, equal: bool = False) -> Callable[[Any], Any]:
    """What reads a number above (or from) a lowest one."""

    def read(text: Any) -> Any:
        try:
            value = kind(str(text))
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise UsageError(f"{name} must be {what}, got {text}.") from None
        if not (value >= lowest if equal else value > lowest) or value == float("inf"):
            raise UsageError(f"{name} must be {'at least' if equal else 'above'} {lowest}, got {text}.")
        return value

    return read


def read_memory(text: Any) -> int:
    """`4GB` or `500 MB` as MiB."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MGT])i?B?", str(text).strip(), re.IGNORECASE)
    mib = int(float(found[1]) * {"M": 1, "G": 1 << 10, "T": 1 << 20}[found[2].upper()]) if found else 0
    if mib < 1:
        raise UsageError(f"--memory must be like 4GB or 500MB, got {text}.")
    return mib


def _read_device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", text):
        raise UsageError(f"--device must be auto, cpu, cuda or mps, got {text}.")
    return text


def _read_out(text: str) -> str:
    if not text.lower().endswith((".csv", ".parquet", ".jsonl")):
        raise UsageError(f"--out must end in .csv, .parquet or .jsonl, got {text}.")
    return text


def _read_pack(text: str) -> str:
    if not text.endswith(".fromraw"):
        raise UsageError(f"--out must end in .fromraw, got {text}.")
    return text


# ------------------------------------------------------------------------------------------------------------ options

Data = Annotated[
    str, Argument(metavar="DATA", help="A folder, table, archive or array file; or example:digits.", show_default=False)
]
RunFolder = Annotated[str, Argument(metavar="RUN", help="A run's folder, such as runs/photos-1.", show_default=False)]
RunOrPack = Annotated[str, Argument(metavar="RUN", help="A run's folder, or a pack of it.", show_default=False)]
Json = Annotated[bool, Option("--json", help="Print one JSON object; words go to standard error.")]
Debug = Annotated[bool, Option("--debug", help="Show where an error arose.")]
Quiet = Annotated[bool, Option("--quiet", help="Print the result only.")]
Out = Annotated[
    str | None, Option("--out", metavar="FILE", parser=_read_out, help="Write answers: .csv, .parquet or .jsonl.")
]
PackOut = Annotated[
    str | None,
    Option("--out", "-o", metavar="FILE", parser=_read_pack, help="The pack; RUN.fromraw, here, unless said."),
]
Unlike = Annotated[bool, Option("--unlike", help="Keep what tells unlike rows: at most 1,000 training rows, coarsely.")]
HideRare = Annotated[
    bool, Option("--hide-rare", help="Leave out names of input categories that fewer than 5 training rows have.")
]
CurveMinutes = Annotated[
    float, Option("--minutes", metavar="M", parser=_above(0, float, "--minutes"), help="Of the whole command.")
]
Strict = Annotated[bool, Option("--strict", help="Exit with 1 where something was found.")]
NoExamples = Annotated[bool, Option("--no-examples", help="Show none of the data's rows in the report.")]
Markdown = Annotated[bool, Option("--markdown", help="As the table of the docs.")]
Clear = Annotated[bool, Option("--clear", help="Delete it; it is made again when needed.")]

_Names = list[str] | None
Read = Annotated[
    _Names,
    Option(
        "--read", metavar="HOW", help="How a text table is written: separator=semicolon,header=none. All: parts table."
    ),
]


@dataclass(frozen=True)
class Columns:
    """What the columns are for, and who is tested."""

    output: Annotated[_Names, Option("--output", "--target", metavar="COL", help="What to predict; also a,b.")] = None
    input: Annotated[_Names, Option("--input", metavar="COLS", help="Only these inputs: a,b.")] = None
    ignore: Annotated[_Names, Option("--ignore", metavar="COLS", help="All inputs but these: c,d.")] = None
    type: Annotated[
        _Names, Option("--type", metavar="COL=TYPE", help="Overrule a type: zip=category, day=date:mdy.")
    ] = None
    group: Annotated[str | None, Option("--group", metavar="COL", help="Rows that stay together; or none.")] = None
    time: Annotated[str | None, Option("--time", metavar="COL", help="Test on the latest rows.")] = None
    valid: Annotated[str | None, Option("--valid", metavar="DATA", help="Validation rows of their own.")] = None
    test: Annotated[str | None, Option("--test", metavar="DATA", help="Test rows of their own.")] = None
    read: Read = None


@dataclass(frozen=True)
class Budget:
    """How long, with which settings, on what of the machine. Epochs or steps may come with minutes, which cap them."""

    minutes: Annotated[
        float | None,
        Option(
            "--minutes",
            metavar="M",
            parser=_above(0, float, "--minutes"),
            help="Of the whole command; 5 unless said. With --epochs or --steps: at most.",
        ),
    ] = None
    epochs: Annotated[
        float | None,
        Option("--epochs", metavar="N", parser=_above(0, float, "--epochs"), help="Train so many epochs."),
    ] = None
    steps: Annotated[
        int | None, Option("--steps", metavar="N", parser=_above(0, int, "--steps"), help="Train so many steps.")
    ] = None
    encoder: Annotated[
        _Names, Option("--encoder", metavar="INPUT=A>B", help="Encoders of an input: photo=convnet.")
    ] = None
    set: Annotated[
        _Names, Option("--set", metavar="PATH=VALUE", help="A setting of the plan: photo.convnet.depth=3.")
    ] = None
    metric: Annotated[str | None, Option("--metric", metavar="NAME", help="The score that counts: macro_f1.")] = None
    cost: Annotated[
        _Names, Option("--cost", metavar="T:A=COST", help="What a mistake costs, truth:answer: no:yes=5.")
    ] = None
    plan: Annotated[str | None, Option("--plan", metavar="FILE", help="A plan, as `fromraw plan` prints it.")] = None
    no_test: Annotated[bool, Option("--no-test", help="Leave the test rows untouched; score on valid.")] = False
    drop: Annotated[
        str | None, Option("--drop", metavar="FILE", help="Learn without the rows that a run's suspects.csv names.")
    ] = None
    folds: Annotated[
        int | None,
        Option(
            "--folds",
            metavar="K",
            parser=_above(1, int, "--folds", equal=True),
            help="Test every row once: K nets, each tested on the part that it did not learn from; 1: one split.",
        ),
    ] = None
    device: Annotated[str, Option("--device", metavar="NAME", parser=_read_device, help="auto, cpu, cuda or mps.")] = (
        "auto"
    )
    threads: Annotated[
        int | None,
        Option("--threads", metavar="N", parser=_above(1, int, "--threads", equal=True), help="Cores to use."),
    ] = None
    memory: Annotated[
        int | None, Option("--memory", metavar="SIZE", parser=read_memory, help="Memory to use, such as 4GB.")
    ] = None
    seed: Annotated[
        int, Option("--seed", metavar="N", parser=_above(0, int, "--seed", equal=True), help="Of all that is drawn.")
    ] = 0


@dataclass(frozen=True)
class Where:
    """The run folder."""

    run: Annotated[str | None, Option("--run", metavar="DIR", help="The run's folder; runs/NAME-1 unless said.")] = None
    fresh: Annotated[bool, Option("--fresh", help="Train anew, also where the same run is there.")] = False


def spread(command: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes groups of options, as one that typer reads: an option for each of their fields."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    def call(**values: Any) -> Any:
        whole = {n: g(**{f.name: values.pop(f.name) for f in fields(g)}) for n, g in groups.items()}
        return command(**values, **whole)

    taken: dict[str, tuple[Any, Any]] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        taken |= _fields_of(groups[name]) if name in groups else {name: (hints[name], parameter.default)}
    kind = inspect.Parameter.KEYWORD_ONLY
    call.__doc__, call.__name__ = command.__doc__, command.__name__
    call.__annotations__ = {name: hint for name, (hint, _) in taken.items()}
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(n, kind, default=default, annotation=hint) for n, (hint, default) in taken.items()]
    )
    return call


def _fields_of(group: Any) -> dict[str, tuple[Any, Any]]:
    hints = get_type_hints(group, include_extras=True)
    return {f.name: (hints[f.name], None if f.default is MISSING else f.default) for f in fields(group)}
