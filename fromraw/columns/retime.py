"""Recordings seen through a view: moved, slower or faster, louder or softer, with a little noise."""

import numpy as np

from fromraw.randomness import mix
from fromraw.signals import View


def retime(steps: np.ndarray, lengths: np.ndarray, view: View) -> np.ndarray:
    """(B, T, C) of these raw lengths as the view's grid sees them, linear between steps, the ends held."""
    slope, start = view.matrix[:, 0, 0], view.matrix[:, 0, 1]
    plain = np.all(slope == 1) and np.all(start == 0) and np.array_equal(view.size[:, 0], np.maximum(lengths, 1))
    if not plain:
        longest = max(steps.shape[1], 1) if np.array_equal(view.size[:, 0], lengths) else int(view.size.max(initial=1))
        places = (np.arange(longest) + 0.5 - start[:, None]) / slope[:, None] - 0.5
        places = np.clip(places, 0, np.maximum(lengths, 1)[:, None] - 1)
        low = np.floor(places).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(lengths, 1)[:, None] - 1)
        rows, share = np.arange(len(steps))[:, None], (places - low)[:, :, None]
        seen = steps[rows, low] * (1 - share) + steps[rows, high] * share
        inside = np.arange(longest)[None] < view.size
        steps = (seen * inside[:, :, None]).astype(np.float32)
    if "scale" in view.appearance:
        steps = steps * view.appearance["scale"].astype(np.float32)[:, None, None]
    return steps


def add_noise(steps: np.ndarray, view: View, mask: np.ndarray | None) -> np.ndarray:
    """Normal noise, a function of each row's key alone."""
    if "noise" not in view.appearance:
        return steps
    count = int(np.prod(steps.shape[1:]))
    counters = np.arange(2 * count, dtype=np.uint64)
    bits = mix(mix(view.appearance["noise_key"].astype(np.uint64))[:, None] ^ mix(counters)[None])
    radius, angle = np.split((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53, 2, axis=1)
    normal = np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)
    noise = normal.reshape(steps.shape) * view.appearance["noise"][:, None, None]
    return (steps + (noise if mask is None else noise * mask[:, :, None])).astype(np.float32)
