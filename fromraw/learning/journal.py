"""Decisions: what a clock, memory or a measurement decides is written to the run before it is acted on, and read back
when the run goes on, so that it ends with the same bits."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """`decisions.jsonl`. A decision has a name and whom it concerns (member, stage, step); the first one stands.
    Without a path they are kept in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.decisions: list[dict[str, Any]] = []
        if path:
            self._read(path)

    def _read(self, path: Path) -> None:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        self.decisions = [json.loads(line) for line in lines]
        with path.open("ab") as file:
            file.truncate(sum(len(line) + 1 for line in lines))

    def find(self, name: str, **where: Any) -> dict[str, Any] | None:
        """The decision of that name that was made there, if any."""
        wanted = {"decision": name, **where}
        return next((d for d in self.decisions if all(d.get(k) == v for k, v in wanted.items())), None)

    def all(self, name: str, **where: Any) -> list[dict[str, Any]]:
        """Every decision of that name, in the order they were made."""
        return [d for d in self.decisions if all(d.get(k) == v for k, v in {"decision": name, **where}.items())]

    def decide(self, name: str, value: Any, why: str, **where: Any) -> Any:
        """Write a decision, unless it was made before; returns the value that stands."""
        made = self.find(name, **where)
        if made:
            return made["value"]
        entry = {"decision": name, **where, "value": value, "why": why}
        if self.path:
            with self.path.open("ab") as file:
                file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        self.decisions.append(entry)
        return value
