"""The machine as this process may use it: cores and memory by affinity and cgroup, devices, and measured speed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from fromraw.errors import UsageError


@dataclass(frozen=True)
class Machine:
    """threads: cores that this process may use; memory_bytes: what it may take; gigaflops: measured, in float32."""

    threads: int
    memory_bytes: int
    device: str
    gigaflops: float


def cores() -> int:
    """Cores by affinity and by the cgroup's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _first_line("/sys/fs/cgroup/cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, max(1, round(int(quota) / int(period))))
    return allowed


def memory() -> int:
    """Bytes that are free for this process, by the machine and by the cgroup."""
    available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in _text("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            available = int(line.split()[1]) * 1024
    limit, used = _first_line("/sys/fs/cgroup/memory.max"), _first_line("/sys/fs/cgroup/memory.current")
    return min(available, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else available


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _first_line(path: str) -> str:
    return (_text(path).splitlines() or [""])[0]


def choose_device(wish: str) -> str:
    """`auto` or a device that is there; UsageError where it is not."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wish == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if wish.split(":")[0] not in there:
        raise UsageError(f"--device must be auto, cpu, cuda or mps, got {wish}.")
    if not there[wish.split(":")[0]]:
        raise UsageError(f"--device {wish}: this machine has none that torch can use; --device cpu works everywhere.")
    return wish


@cache
def measure_gigaflops(threads: int, device: str, dtype: torch.dtype = torch.float32) -> float:
    """Speed of a matrix product, the best of a few: about 0.1 seconds in float32."""
    torch.set_num_threads(threads)
    side = 768 if device == "cpu" else 4096
    a, b = (torch.ones(side, side, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(6):
        start = time.perf_counter()
        float((a @ b)[0, 0])
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best / 1e9


def check_computing(device: str) -> list[str]:
    """Which of `matrix product`, `gradient` and `convolution` come out wrong: of small whole numbers, of which float32
    holds every sum exactly, against numpy's in whole numbers."""
    random = np.random.default_rng(0)
    a, b, c = random.integers(-8, 9, (3, 256, 256))
    pictures, filters = random.integers(-8, 9, (2, 16, 32, 32)), random.integers(-8, 9, (16, 16, 3, 3))
    x, y, z, p, f = (torch.tensor(n, dtype=torch.float32, device=device) for n in (a, b, c, pictures, filters))
    x.requires_grad_()
    product = x @ y
    (product * z).sum().backward()
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (3, 3), axis=(2, 3))
    results = {
        "matrix product": (product, a @ b),
        "gradient": (x.grad, c @ b.T),
        "convolution": (torch.nn.functional.conv2d(p, f), np.einsum("nchwij,ocij->nohw", windows, filters)),
    }
    return [n for n, (got, right) in results.items() if got is None or not np.array_equal(got.detach().cpu(), right)]


def look_at_machine(threads: int | None = None, device: str = "auto", memory_mib: int | None = None) -> Machine:
    """What training may use; what a person said wins."""
    count = threads or cores()
    chosen = choose_device(device)
    allowed = memory_mib << 20 if memory_mib else int(memory() * 0.6)
    with threads_of_torch(count):
        return Machine(count, allowed, chosen, measure_gigaflops(count, chosen))


@contextmanager
def threads_of_torch(count: int) -> Iterator[None]:
    """While inside, torch computes on so many threads; what a person's own program had set is put back."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
