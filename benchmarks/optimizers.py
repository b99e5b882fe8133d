"""Which optimizer, at which rate: one net, as many epochs, the same rows and seeds; scores on validation rows.

Each is trained as `fromraw train --no-test` does it, all but the optimizer as by rule. Epochs, not minutes, so that a
busy machine changes nothing. Prints for each set the mean over the seeds and how far the seeds lie apart.

    python benchmarks/optimizers.py FOLDER-OF-THE-DATA [--seeds 2] [--only SET ...]
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

# isort: off
import fromraw

# isort: on
import numpy as np

SETS: dict[str, tuple[str | None, float]] = {
    "mnist": ("label", 1),
    "cats_dogs": ("class", 8),
    "japanese_vowels": (None, 40),
    "italy_power_demand": ("label", 60),
    "pickup_gesture": (None, 40),
    "ecg5000_train": ("label", 30),
    "adult": ("income", 3),
    "california_housing": ("median_house_value", 6),
    "higgs_10k": ("response", 6),
}
"""{folder: (output, epochs)}."""
WAYS: dict[str, dict[str, Any]] = {
    "as by rule": {},
    "muon 0.05": {"optimizer": "muon", "rate": 0.05},
    "muon 0.2": {"optimizer": "muon", "rate": 0.2},
    "adamw 0.001": {"optimizer": "adamw", "rate": 0.001},
    "adamw 0.004": {"optimizer": "adamw", "rate": 0.004},
    "sgd 0.05": {"optimizer": "sgd", "rate": 0.05},
}
ONE_NET = {"members": [{"seed": 0, "fold": None}], "folds": 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=list(SETS))
    asked = parser.parse_args()
    print("set, epochs, score: " + ", ".join(WAYS), flush=True)
    for name in asked.only:
        output, epochs = SETS[name]
        cells = []
        for way, settings in WAYS.items():
            found = [score(asked.folder / name, output, epochs, settings, seed) for seed in range(asked.seeds)]
            metric, values = found[0][0], np.array([value for _, value in found])
            cells.append(f"{values.mean():,.5g} ({np.ptp(values):,.2g})")
            print(f"  {name}  {way}  {cells[-1]}", flush=True)
        print(f"| {name} | {epochs:g} | {metric} | " + " | ".join(cells) + " |", flush=True)


def score(data: Path, output: str | None, epochs: float, settings: dict[str, Any], seed: int) -> tuple[str, float]:
    """The name and value of the score that says most: log loss, or RMSE."""
    one = {**ONE_NET, "members": [{"seed": seed, "fold": None}]}
    with tempfile.TemporaryDirectory() as folder:
        run = fromraw.train(
            data, output, epochs=epochs, no_test=True, seed=seed, run=Path(folder, "run"), quiet=True,
            settings={**one, **settings},
        )  # fmt: skip
        scores = next(iter(run.metrics["outputs"].values()))
    metric = "log_loss" if "log_loss" in scores else "rmse"
    return metric, scores[metric]["value"]


if __name__ == "__main__":
    main()
