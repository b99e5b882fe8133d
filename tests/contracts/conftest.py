"""The foreigners' parts, registered while a test that asks for them runs, and forgotten afterwards."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import fromraw.parts


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered from here on is forgotten after the test."""
    for room in fromraw.parts.ROOMS:
        fromraw.parts.parts(room)
    monkeypatch.setattr(fromraw.parts, "_registry", dict(fromraw.parts._registry))


@pytest.fixture
def foreigners(registry: None) -> ModuleType:
    """A fresh copy of foreigners.py, whose import registers its parts."""
    spec = importlib.util.spec_from_file_location("foreigners", Path(__file__).with_name("foreigners.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
