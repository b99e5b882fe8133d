"""Steady training throughput: fromraw's loop against a bare PyTorch loop, in turns, in one run.

Both train the same net with the same optimizer, batch, precision and memory format, without views; the bare loop slices
batches out of tensors in memory. Prints rows a second of both, their ratio, and fromraw's with its views on.

    python benchmarks/throughput.py DATA [--steps 60] [--rounds 5] [--output COLUMN]
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

# isort: off
import fromraw  # noqa: F401 - sets how the process computes, before torch is imported

# isort: on
import numpy as np
import torch
from torch.nn import functional

from fromraw.describing.recognizing import Wishes
from fromraw.gathering import gather
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Around, learn
from fromraw.learning.optimizers import Optimizer, Wish, build_optimizer
from fromraw.learning.schedule import Horizon
from fromraw.learning.stopping import StopRequest
from fromraw.options import Options
from fromraw.planning.building import build_system
from fromraw.planning.deciding import Request
from fromraw.signals import Batch, take
from fromraw.splits import TRAIN
from fromraw.streams.examples import ExampleStream
from fromraw.streams.order import Order
from fromraw.system import System
from fromraw.training import open_and_plan

WARM = 10
"""Steps before the clock runs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", default=None)
    asked = parser.parse_args()
    wishes = Wishes(outputs=(asked.output,) if asked.output else ())
    options = Options(asked.data, wishes=wishes, request=Request(minutes=3), no_test=True)
    bench = Bench(options, asked.steps)
    bench.ours({})
    bench.bare()
    plain, bare, varied = [], [], []
    for _ in range(asked.rounds):
        plain.append(bench.ours({}))
        bare.append(bench.bare())
        varied.append(bench.ours(bench.plan.views))
    ratio = np.median(np.array(plain) / np.array(bare))
    print(f"fromraw      {np.median(plain):8,.0f} rows/s  ({min(plain):,.0f} to {max(plain):,.0f})")
    print(f"bare loop    {np.median(bare):8,.0f} rows/s  ({min(bare):,.0f} to {max(bare):,.0f})")
    print(f"ratio        {ratio:8.3f}")
    share = np.median(np.array(varied) / np.array(bare))
    print(f"with views   {np.median(varied):8,.0f} rows/s  {share:.3f} of the bare loop")


class Bench:
    """One data set and net, trained by both loops."""

    def __init__(self, options: Options, steps: int) -> None:
        data, self.plan, _ = open_and_plan(options)
        torch.set_num_threads(self.plan.budget.threads)
        ground = gather(data, {**data.inputs, **data.outputs}, self.plan)
        self.examples, self.train = ground.examples, ground.rows.of(TRAIN)
        self.steps, self.batch = steps, self.plan.learning.batch
        self.system = build_system(self.plan, self.examples.columns, self.plan.members[-1])
        self.system.begin(self.examples.batch(self.train[:4096]))
        whole = replace(self.examples, changes={}).batch(self.train[: 64 * self.batch])
        self.inputs, self.targets = whole.inputs, whole.targets
        print(f"{sum(p.numel() for p in self.system.parameters()):,} parameters, batch {self.batch}")

    def fresh(self) -> tuple[System, Optimizer]:
        system = build_system(self.plan, self.examples.columns, self.plan.members[-1]).train()
        system.load_state_dict(self.system.state_dict())
        item = next(iter(self.plan.inputs.values()))
        return system, build_optimizer([Wish([system], item.optimizer, item.rate, item.weight_decay)])

    def ours(self, views: dict) -> float:
        """Rows a second of the loop that every fromraw training runs."""
        system, optimizer = self.fresh()
        stream = ExampleStream(
            replace(self.examples, changes=views), self.train, self.batch, 0, Order(len(self.train), 0)
        )
        with tempfile.TemporaryDirectory() as folder:
            journal = Journal(Path(folder, "decisions.jsonl"))
            course = Course(system, stream, optimizer, self.plan.learning, 0, Horizon(self.steps), len(self.train), {})
            times: list[float] = []
            tell = lambda course, loss: times.append(time.perf_counter())  # noqa: E731
            learn(course, Around(Path(folder, "checkpoint"), journal, StopRequest(), tell, save_every=1e9))
        stream.close()
        return self.steady(times)

    def steady(self, times: list[float]) -> float:
        """Rows a second from the tenth step on, when all is warm."""
        return (len(times) - WARM) * self.batch / (times[-1] - times[WARM - 1])

    def bare(self) -> float:
        """Rows a second of the shortest loop in PyTorch."""
        system, optimizer = self.fresh()
        (instance,), (output,) = system.instances.values(), system.decoders
        encoder, linear = system.encoders[instance].steps[0], system.decoders[output].linear
        smoothing = system.decoders[output].smoothing
        batches = [
            whole_batch(self.inputs, self.targets, at, self.batch) for at in range(0, 64 * self.batch, self.batch)
        ]
        times: list[float] = []
        for step in range(self.steps):
            batch = batches[step % len(batches)]
            logits = linear(encoder(next(iter(batch.inputs.values()))).summary)
            truth = batch.targets[output].categories[:, 0] - 1
            loss = functional.cross_entropy(logits, truth, label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * (1 - step / self.steps)
            optimizer.step()
            times.append(time.perf_counter())
        return self.steady(times)


def whole_batch(inputs: dict, targets: dict, at: int, size: int) -> Batch:
    """A slice of tensors in memory."""
    rows = slice(at, at + size)
    pick = lambda signals: {name: take(signal, rows) for name, signal in signals.items()}  # noqa: E731
    return Batch(pick(inputs), pick(targets), np.arange(at, at + size))


if __name__ == "__main__":
    main()
