"""Counter-based randomness: a number is a function of what it is for, never of who asked before.

A draw is keyed by (seed, purpose, place, look), so that worker threads, resuming and the number of processes change
nothing, and no generator's state is ever saved. The mixer is SplitMix64's finalizer (Steele, Lea, Flood, "Fast
splittable pseudorandom number generators", OOPSLA 2014), applied once for every part of the key.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(x: np.ndarray) -> np.ndarray:
    """Scramble 64-bit integers, one to one. Any shape, uint64 in and out."""
    with np.errstate(over="ignore"):
        x = x + _GOLDEN
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def key_of(*parts: object) -> int:
    """One 64-bit key for any printable parts; the same on every machine and in every process."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True)
class Draw:
    """The random numbers of one batch: a row's are keyed by its place in the endless order and its look.

    places: (B,) int64; looks: (B,) int64.
    """

    seed: int
    purpose: str
    places: np.ndarray
    looks: np.ndarray

    def uniform(self, name: str, count: int = 1) -> np.ndarray:
        """(B, count) float64 in [0, 1)."""
        start = np.uint64(key_of(self.seed, self.purpose, name))
        keys = mix(mix(self.places.astype(np.uint64) ^ start) ^ self.looks.astype(np.uint64))
        bits = mix(keys[:, None] ^ mix(np.arange(count, dtype=np.uint64))[None, :])
        return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, name: str, count: int = 1) -> np.ndarray:
        """(B, count) float64, mean 0 and standard deviation 1 (Box and Muller)."""
        radius, angle = np.split(self.uniform(name, 2 * count), 2, axis=1)
        return np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)

    def integers(self, name: str, low: int, high: int, count: int = 1) -> np.ndarray:
        """(B, count) int64 in low..high, both included."""
        return (low + np.floor(self.uniform(name, count) * (high - low + 1))).astype(np.int64)


def torch_seed(seed: int, purpose: str, *counters: int) -> int:
    """The seed that torch's generators are set to before a forward: from (seed, purpose, step, piece)."""
    return key_of(seed, purpose, *counters) >> 1
