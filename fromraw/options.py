"""What a person asked of a training, as typed, and what of it makes two trainings the same."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from fromraw.describing.recognizing import Wishes
from fromraw.dropping import Named
from fromraw.planning.deciding import Request
from fromraw.splits import FOLDS


@dataclass(frozen=True)
class Options:
    """What a person asked for, as typed."""

    data: Any
    valid: Any = None
    test: Any = None
    read: Mapping[str, Any] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    request: Request = field(default_factory=Request)
    run: str | Path | None = None
    fresh: bool = False
    no_test: bool = False
    untested: bool = False
    drop: Named = ()
    folds: int | None = None
    device: str = "auto"
    threads: int | None = None
    memory_mib: int | None = None
    encoder: Mapping[str, nn.Module] = field(default_factory=dict)
    command: str = ""
    started: float | None = None
    save_every: float = 20.0


def minutes_of(request: Request) -> float | None:
    """Of the whole training; None where epochs or steps are asked for instead."""
    return request.minutes if request.epochs or request.steps else request.minutes or 5.0


def folds_of(options: Options) -> int | None:
    """As asked; None, by rule, only where minutes are the budget, and nothing is asked for that folds cannot have."""
    request = options.request
    if options.folds is not None:
        return options.folds
    counted = bool(request.epochs or request.steps)
    own_nets = any(name.split(".")[0] in ("members", "folds") for name in request.settings)
    own_nets |= request.file is not None and not _nets_of_folds(request.file)
    return 1 if counted or own_nets or options.drop or options.no_test or options.untested else None


def _nets_of_folds(plan: Mapping[str, Any]) -> bool:
    """Whether a plan's file has a net for each fold, as it has where folds were made by rule."""
    members = plan.get("members")
    folds = [member.get("fold") for member in members if isinstance(member, dict)] if isinstance(members, list) else []
    return sorted(map(str, folds)) == [str(number) for number in range(FOLDS)]


def typed(options: Options) -> dict[str, Any]:
    """What makes a training the same as another: everything but where it writes and how it talks."""
    left_out = (
        "data",
        "run",
        "fresh",
        "encoder",
        "command",
        "started",
        "save_every",
        "device",
        "threads",
        "memory_mib",
    )
    kept = {key: value for key, value in vars(options).items() if key not in left_out}
    kept |= {side: str(kept[side]) for side in ("valid", "test")}
    kept |= {"wishes": asdict(options.wishes), "request": asdict(options.request)}
    return kept | {"encoder": {name: str(module) for name, module in options.encoder.items()}}


def asked(options: Options) -> dict[str, Any]:
    """What data.json keeps of the request: enough to open the same rows again, and to run it again."""
    place = lambda data: str(Path(data).resolve()) if isinstance(data, str | Path) and Path(data).exists() else data  # noqa: E731
    sources = {name: place(getattr(options, name)) for name in ("data", "valid", "test")}
    known = {name: data if isinstance(data, str | None) else False for name, data in sources.items()}
    own = {name: f"{type(net).__module__}.{type(net).__qualname__}" for name, net in options.encoder.items()}
    rest = {
        "read": dict(options.read),
        "no_test": options.no_test,
        "folds": options.folds,
        "drop": options.drop,
        "command": options.command,
        "modules": own,
    }
    return {**known, **asdict(options.wishes), **rest}
