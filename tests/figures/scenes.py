"""Small runs made by hand: real columns, decoders and a net that was never trained; answers drawn from a generator."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image as Pillow
from sklearn.datasets import load_digits

from fromraw.columns.base import Column
from fromraw.columns.category import Category
from fromraw.columns.image import Image
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.decoders.base import Decoder, Records
from fromraw.evaluation.account import Account, account_for
from fromraw.evaluation.answering import decoder_of
from fromraw.figures.base import Scene
from fromraw.planning.building import build_system
from fromraw.planning.plan import Reason, parse
from fromraw.sources.base import FILE
from fromraw.streams.examples import Examples

NAMES = ["bee", "wasp", "fly", "<script>alert(1)</script>", "ant $5 to $10", "moth", "beetle", "spider", "tick",
         "louse", "a very long name for a rather small insect", "other"]  # fmt: skip


def picture_scene(
    folder: Path, categories: int = 3, rows: int = 300, names: Sequence[str] = NAMES, **more: Any
) -> Scene:
    """Scanned digits as PNG files, said to be insects; convnet; classify."""
    random = np.random.default_rng(categories)
    truth = np.minimum(random.geometric(min(0.4, 3 / categories), rows) - 1, categories - 1)
    digits = load_digits().images
    cells = [{"path": f"photos/secret_{i:03}.png", "bytes": _png(digits[i % len(digits)])} for i in range(rows)]
    names = names[:categories] if categories <= len(names) else [f"kind {i:02}" for i in range(categories)]
    table = pa.table({"image": pa.array(cells, FILE), "class": pa.array([names[i] for i in truth])})
    columns: dict[str, Column] = {
        "image": Image("image", ["image"]),
        "class": Category("class", ["class"], output=True),
    }
    encoder = {"convnet": {"widths": [8], "depth": 1, "stem": "learned", "stem_width": 16}}
    return _scene(folder, table, columns, {"image": encoder}, "class", "classify", things="pictures", **more)


def series_scene(folder: Path, channels: int = 1, **more: Any) -> Scene:
    """Waves; convnet; classify in two categories."""
    random = np.random.default_rng(0)
    truth, steps = random.integers(0, 2, 120), np.arange(60)
    wave = lambda kind, c: np.sin(steps / (4 + 3 * kind) + random.normal() + c) + 0.2 * random.normal(size=60)  # noqa: E731
    waves = [[wave(kind, channel).tolist() for channel in range(channels)] for kind in truth]
    label = pa.array(np.array(["slow", "fast"])[truth])
    table = pa.table({"series": pa.array(waves, pa.list_(pa.list_(pa.float64()))), "label": label})
    columns: dict[str, Column] = {
        "series": Series("series", ["series"]),
        "label": Category("label", ["label"], output=True),
    }
    encoder = {"convnet": {"widths": [8], "depth": 1}}
    return _scene(folder, table, columns, {"series": encoder}, "label", "classify", things="series", **more)


def table_scene(folder: Path, output: str = "price", rows: int = 400, **more: Any) -> Scene:
    """Numbers and a category; table; regress the price, or classify the plan."""
    random = np.random.default_rng(3)
    numbers = {name: random.normal(50, 20, rows) for name in ("age of house", "rooms", "income", "distance to the sea")}
    price = 1000 * np.abs(numbers["rooms"] * 3 + numbers["income"] + random.normal(0, 10, rows))
    kind = np.array(["basic", "plus"])[(random.random(rows) < 0.2).astype(int)]
    table = pa.table({**numbers, "plan": pa.array(kind), "price": price})
    inputs = [name for name in table.column_names if name != output]
    columns: dict[str, Column] = {n: Category(n, [n]) if n == "plan" else Number(n, [n]) for n in table.column_names}
    columns["plan"] = Category("plan", ["plan"], output=output == "plan")
    decoder = "regress" if output == "price" else "classify"
    encoder = {"table": {}}
    return _scene(folder, table, columns, {"row": encoder}, output, decoder, inputs=inputs, things="rows", **more)


def _png(values: np.ndarray) -> bytes:
    picture = Pillow.fromarray((values * 15.9).astype(np.uint8)).resize((32, 32), Pillow.Resampling.BICUBIC)
    picture.save(buffer := io.BytesIO(), "PNG")
    return buffer.getvalue()


def _scene(
    folder: Path,
    table: pa.Table,
    columns: dict[str, Column],
    encoders: dict[str, dict[str, Any]],
    output: str,
    decoder: str,
    inputs: Sequence[str] = (),
    things: str = "rows",
    skill: float = 2.6,
    groups: int = 0,
    **more: Any,
) -> Scene:
    batch, rows = table.combine_chunks().to_batches()[0], np.arange(table.num_rows)
    for column in columns.values():
        column.fit([batch])
    stored = {name: column.prepare(batch, rows)[0] for name, column in columns.items()}
    read = {name: list(inputs) or [name] for name in encoders}
    plan = parse(
        {
            "inputs": {n: {"columns": read[n], "encoder": [e], "instance": n} for n, e in encoders.items()},
            "outputs": {output: {"columns": [output], "decoder": {decoder: {}}}},
            "learning": {"epochs": 25},
        },
        "test",
    )
    system = build_system(plan, columns, plan.members[0])
    examples = Examples(columns, stored, read, {output: [output]}, {})
    judge = decoder_of(system, output)
    truth = np.asarray(stored[output]["ids"]) - 1 if decoder == "classify" else table.column(output).to_numpy()
    tested = rows[: len(rows) // 2]
    answers = {name: _records(judge, truth[tested], k, seed) for seed, (name, k) in enumerate(
        {"net": skill, "majority": 0.0, "linear": 1.2, "hist_gradient_boosting": 2.0}.items())}  # fmt: skip
    beside = {n: (r, f"{n} on 961 rows", 1.0) for n, r in answers.items() if n != "net"}
    by_group = tested % groups if groups else None
    account = account_for(judge, output, tested, answers["net"], by_group, beside, columns[output].restore, things,
                          "temperature 1.12, from 119 validation rows")  # fmt: skip
    roles = {name: "output" if name == output else "input" for name in columns}
    values = getattr(columns[output], "values", [])
    data = {
        "format": 1,
        "place": "photos/",
        "things": things,
        "rows": len(rows),
        "splits": {"train": 961, "valid": 119, "test": len(tested)},
        "how": "by subject, the same every time",
        "groups": groups or None,
        "columns": {n: {"type": c.type, "role": roles[n], "reason": "as it is"} for n, c in columns.items()},
        "shows": {name: column.show() for name, column in columns.items()},
        "categories": {output: dict.fromkeys(values, 10)} if values else {},
        "fingerprint": "9f2c4e1ab7730d55",
        "command": "fromraw train photos/ --minutes 3",
        "version": "0.1.0",
        "versions": {"torch": "2.8.0", "numpy": "2.3.1"},
        "date": "2026-11-24T10:00:00",
        "seed": 0,
        "tested_on": "test",
        "machine": "2 cores, 8 GB",
        "problems": [{"where": "photos/secret_117.png", "text": "no picture <b>", "kind": "unreadable"}],
        "problem_count": 3,
    }
    reasons = {"learning.epochs": Reason(who="rule", why="961 rows <i>pay</i> for 25 epochs")}
    cells = lambda chosen, names: table.select(list(names)).take(pa.array(sorted(chosen)))  # noqa: E731
    metric = account.headline
    if values:
        _write_suspects(folder / "photos-1", values, truth)
    scene = {
        "folder": folder / "photos-1", "plan": plan, "reasons": reasons, "data": data,
        "account": Account({output: account}, len(tested), "test"), "log": _log(output, metric, decoder),
        "systems": [system], "columns": columns, "examples": examples, "cells": cells, "seconds": 171.0,
        "numbers": rows,
    }  # fmt: skip
    return Scene(**(scene | more))


def _write_suspects(folder: Path, values: Sequence[str], truth: np.ndarray) -> None:
    """The first 30 rows as suspects.csv."""
    folder.mkdir(exist_ok=True)
    lines = [
        f"train,{row + 1},,{values[kind]},{values[kind - 1]},{1 - row / 1000:.4f}"
        for row, kind in enumerate(truth[:30])
    ]
    (folder / "suspects.csv").write_text("\n".join(["split,row,file,given,likely,doubt", *lines]) + "\n")


def _records(judge: Decoder, truth: np.ndarray, skill: float, seed: int) -> Records:
    """Answers that are the better, the greater the skill."""
    random = np.random.default_rng(seed)
    if "numbers" in judge.coordinates:
        guess = (truth.mean() + (truth - truth.mean()) * min(1, skill / 2.2))[:, None]
        guess = guess + random.normal(0, truth.std() / (1 + skill), (len(truth), 1))
        half = 1.6 * truth.std() / (1 + skill) if skill > 2.2 else np.inf
        return judge.tally({"numbers": guess, "low": guess - half, "high": guess + half}, {"numbers": truth[:, None]})
    count = int(judge.categories)  # type: ignore[arg-type]
    logits = random.normal(0, 1, (len(truth), count)) + np.linspace(1, 0, count)
    logits[np.arange(len(truth)), truth] += skill
    powers = np.exp(1.4 * logits)
    return judge.tally({"probabilities": powers / powers.sum(1, keepdims=True)}, {"category": truth})


def _log(output: str, metric: str, decoder: str) -> list[dict[str, Any]]:
    random, lines = np.random.default_rng(0), []
    for step in range(1, 251):
        line = {"member": 0, "stage": 0, "step": step, "epoch": step / 10, "seconds": step * 0.4}
        line["loss"] = 1.4 * np.exp(-step / 80) + 0.15 + 0.08 * abs(random.normal())
        if step % 40 == 0:
            value = 0.9 - 0.5 * np.exp(-step / 70) if decoder == "classify" else 9000 + 30000 * np.exp(-step / 60)
            line["valid"] = {output: {metric: float(value)}}
        lines.append(line)
    return lines
