"""Write lock/requirements.txt (to run) and lock/test.txt (all): what pip would install today, pinned by version.

The graphics card's own wheels are left out, and torch's local tag (+cpu, +cu130): which torch a machine takes, its own
pip settings say. Run it on the oldest Python that is supported: what installs there installs on the newer ones too.
"""

import json
import subprocess
import sys
from pathlib import Path

HEADER = "# Made by `make lock` on Python {}.{}; not by hand.\n"
TORCH = "torch==2.13.0"  # raised by hand, after the measured results were seen to hold with it
DEVICE_WHEELS = ("nvidia-", "cuda-", "triton")


def resolve(*targets: str) -> dict[str, str]:
    """Name -> version of everything that an empty environment would get for these targets."""
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--dry-run", "--ignore-installed", "--report", "-"]
    report = json.loads(subprocess.run([*pip, *targets], check=True, stdout=subprocess.PIPE).stdout)
    found = {item["metadata"]["name"]: item["metadata"]["version"].split("+")[0] for item in report["install"]}
    return {
        name: version
        for name, version in sorted(found.items(), key=lambda pair: pair[0].lower())
        if name != "fromraw" and not name.lower().startswith(DEVICE_WHEELS)
    }


def write(path: Path, pins: dict[str, str]) -> None:
    lines = [f"{name}=={version}\n" for name, version in pins.items()]
    path.write_text(HEADER.format(*sys.version_info[:2]) + "".join(lines))


if __name__ == "__main__":
    here = Path(__file__).parent
    run = resolve(str(here.parent), TORCH, "setuptools>=77")
    write(here / "requirements.txt", run)
    write(here / "test.txt", resolve(f"{here.parent}[test]", *(f"{name}=={version}" for name, version in run.items())))
