"""Whether this machine can train, and what a report of a fault should tell of it.

Nothing here says more of a person than a fault needs: their home is `~`, and other paths are left out.
"""

import importlib
import os
import platform
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from fromraw import __version__
from fromraw.how_many import how_many
from fromraw.store.cache import cache_folder, entries, free_bytes

PACKAGES = {
    "torch": "torch", "numpy": "numpy", "pyarrow": "pyarrow", "pillow": "PIL", "scikit-learn": "sklearn",
    "scipy": "scipy", "matplotlib": "matplotlib", "safetensors": "safetensors",
}  # fmt: skip
"""What a training computes, reads and draws with: its name, and what is imported."""
SETTINGS = re.compile(r"(OMP|MKL|OPENBLAS|KMP|GOMP|MALLOC|TORCH|PYTORCH|CUDA|THP|FROMRAW)_\w+")
"""Variables of the environment that change how a training computes."""
LEAST_MEMORY, LEAST_DISK = 500_000_000, 200_000_000
"""Bytes: torch with a small net and its data take about as much."""


@dataclass(frozen=True)
class Check:
    """What was looked at and what was seen. remedy: what to do, where it would stop a training; facts: the same as
    plain data."""

    topic: str
    text: str
    remedy: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        return bool(self.remedy)


def diagnose() -> list[Check]:
    """Every check, in about two seconds. What needs torch is left out where torch cannot be imported."""
    checks = [_python(), *_packages()]
    if any(check.stops for check in checks):
        return checks
    looks = (_processor, _cores, _memory, _devices, _threads, _computing, _cache, _runs)
    return [*checks, *(check for look in looks for check in _looked(look))]


def verdict(checks: list[Check]) -> str:
    """One line."""
    stopping = [check.topic for check in checks if check.stops]
    if not stopping:
        return "Nothing stands in the way of a training."
    return f"A training would be stopped by: {', '.join(dict.fromkeys(stopping))}."


def _looked(look: Callable[[], Iterator[Check]]) -> list[Check]:
    """What a look brings up; a look that fails is itself a finding, and costs none of the others."""
    topic = look.__name__.lstrip("_")
    try:
        return list(look())
    except Exception as error:
        return [Check(topic, f"failed: {_told(error)}", "report it, with all of these lines")]


def without_home(text: str) -> str:
    """The home folder, which holds a person's name, as ~."""
    home = str(Path.home())
    return re.sub(rf"{re.escape(home)}(?!\w)", "~", text) if len(home) > 1 else text


def _told(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return without_home(f"{type(error).__name__}: {first}" if first else type(error).__name__)


# ---------------------------------------------------------------------------------------------------------- what it is


def _python() -> Check:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    facts = {"fromraw": __version__, "python": platform.python_version(), "system": system}
    return Check("fromraw", f"{__version__}; Python {facts['python']}; {system}", facts=facts)


def _packages() -> Iterator[Check]:
    """All of them on one line, then those that cannot be imported."""
    found, broken = {}, []
    for name, module in PACKAGES.items():
        try:
            found[name] = _version(name, importlib.import_module(module))
        except Exception as error:  # a package that is half there raises anything
            broken.append(
                Check("packages", f"{name} cannot be imported: {_told(error)}", f"pip install --force-reinstall {name}")
            )
    yield Check("packages", ", ".join(f"{name} {number}" for name, number in found.items()), facts=found)
    yield from broken


def _version(name: str, module: ModuleType) -> str:
    """torch's own says of which build it is (+cpu, +cu130)."""
    try:
        return str(getattr(module, "__version__", "") or version(name))
    except PackageNotFoundError:
        return "of unknown version"


def _processor() -> Iterator[Check]:
    import torch

    from fromraw.learning.pacing import multiplies_bf16
    from fromraw.machine import cores, measure_gigaflops

    text = _read("/proc/cpuinfo")
    named = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    name = named[1].strip() if named else platform.processor() or platform.machine()
    flags = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if re.search(rf"\b{flag}\b", text)]
    speed = measure_gigaflops(cores(), "cpu", torch.bfloat16) if multiplies_bf16("cpu") else 0.0
    times = speed / measure_gigaflops(cores(), "cpu")
    how = f"bf16 is {times:.1f} times as fast as float32" if speed else "no bf16"
    kernels = torch.backends.cpu.get_cpu_capability()
    facts = {"name": name, "flags": flags, "kernels": kernels, "bf16_speed": round(times, 2)}
    yield Check("processor", f"{name} ({', '.join([*flags, how])})", facts=facts)


def _cores() -> Iterator[Check]:
    from fromraw.machine import cores

    usable, all_of_them = cores(), os.cpu_count() or 1
    yield Check(
        "cores", f"{usable} of {all_of_them}, by affinity and cgroup", facts={"usable": usable, "all": all_of_them}
    )


def _memory() -> Iterator[Check]:
    from fromraw.machine import memory

    free, whole = memory(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    remedy = "" if free >= LEAST_MEMORY else "end other programs, or allow this one more (a container's limit)"
    yield Check(
        "memory",
        f"{free / 1e9:,.1f} GB free for this process of {whole / 1e9:,.1f} GB, by machine and cgroup",
        remedy,
        {"free": free, "whole": whole},
    )


def _devices() -> Iterator[Check]:
    import torch

    from fromraw.machine import choose_device

    found = [
        f"cuda:{n} {torch.cuda.get_device_name(n)}, {torch.cuda.get_device_properties(n).total_memory / 1e9:,.0f} GB"
        for n in range(torch.cuda.device_count())
    ]
    found += ["mps"] if torch.backends.mps.is_available() else []
    chosen = choose_device("auto")
    text = f"{'; '.join([*found, 'cpu'])}{f'; {chosen} is used' if found else ' alone'}"
    yield Check("devices", text, facts={"found": [*found, "cpu"], "chosen": chosen, "cuda": torch.version.cuda})


def _threads() -> Iterator[Check]:
    import torch

    set_here = {name: without_home(value) for name, value in sorted(os.environ.items()) if SETTINGS.fullmatch(name)}
    said = ", ".join(f"{name}={value}" for name, value in set_here.items())
    text = f"torch has {torch.get_num_threads()}; {said or 'nothing set in the environment'}"
    yield Check("threads", text, facts={"torch": torch.get_num_threads(), "environment": set_here})


# -------------------------------------------------------------------------------------------------- whether it can work


def _computing() -> Iterator[Check]:
    """A product and a convolution, of whole numbers so that there is one right result, on every device in use."""
    from fromraw.machine import check_computing, choose_device, cores, measure_gigaflops

    for device in dict.fromkeys(("cpu", choose_device("auto"))):
        wrong = check_computing(device)
        speed = measure_gigaflops(cores(), device)
        right = [f"{what} right" for what in ("matrix product", "convolution", "gradient") if what not in wrong]
        text = (
            f"{device}: {', '.join([*right, *(f'{what} WRONG' for what in wrong)])}; {speed:,.0f} gigaflops in float32"
        )
        remedy = "another version of torch, or --device cpu" if wrong else ""
        yield Check("computing", text, remedy, {"device": device, "wrong": wrong, "gigaflops": round(speed, 1)})


def _cache() -> Iterator[Check]:
    place, found = cache_folder(), entries()
    used = sum(entry.bytes for entry in found)
    said = f"{without_home(str(place))}, {how_many(len(found), 'prepared columns')}, {used / 1e6:,.1f} MB"
    yield _written("cache", place, said, "FROMRAW_CACHE=FOLDER moves it; fromraw cache --clear empties it")


def _runs() -> Iterator[Check]:
    yield _written("runs", Path("runs"), "runs/ in this folder", "--run DIR writes elsewhere")


def _written(topic: str, place: Path, said: str, remedy: str) -> Check:
    """Whether files can be made in a folder, or where it would be made, and how much room there is."""
    there = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())
    free = free_bytes(there)
    facts = {"free": free}
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"fromraw")
    except OSError as error:
        return Check(topic, f"{said}; cannot be written ({error.strerror})", remedy, facts)
    text = f"{said}; can be written; {free / 1e9:,.1f} GB free"
    return Check(topic, text, remedy if free < LEAST_DISK else "", facts)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
