"""The endless order of examples, computed: any place is reached at once, and nothing is stored.

Place p is row permutation(seed, p // n)[p % n]. The permutation is a Feistel network over the next even power of two,
walked until it falls below n (Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002); it is a bijection
for every n, costs a few vector operations, and needs no memory for a billion rows.
"""

from dataclasses import dataclass

import numpy as np

from fromraw.randomness import key_of, mix

ROUNDS = 4
_TURNS = np.arange(ROUNDS, dtype=np.uint64)[:, None]


def permute(index: np.ndarray, count: int, key: np.ndarray, back: bool = False) -> np.ndarray:
    """A random permutation's value at each index below count. index, key: (B,); back: its inverse's; int64 out."""
    index = index.astype(np.uint64)
    half = np.uint64((max(1, count - 1).bit_length() + 1) // 2)
    walk, keys = _network_back if back else _network, mix(key ^ _TURNS)
    out = walk(index, keys, half)
    while (outside := out >= count).any():
        out[outside] = walk(out[outside], keys[:, outside], half)
    return out.astype(np.int64)


def _network(x: np.ndarray, keys: np.ndarray, half: np.uint64) -> np.ndarray:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = x >> half, x & mask
    for key in keys:
        left, right = right, left ^ (mix(right ^ key) & mask)
    return (left << half) | right


def _network_back(x: np.ndarray, keys: np.ndarray, half: np.uint64) -> np.ndarray:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = x >> half, x & mask
    for key in reversed(keys):
        left, right = right ^ (mix(left ^ key) & mask), left
    return (left << half) | right


@dataclass(frozen=True)
class Order:
    """Rows 0..rows-1 once an epoch, in a new order each time.

    window, block: where rows lie in a file larger than memory, blocks of neighbors are permuted, and rows within
    windows of so many blocks, so that reading stays near. Left 0: all rows are permuted at once.
    """

    rows: int
    seed: int
    block: int = 0
    window: int = 0

    def rows_at(self, places: np.ndarray) -> np.ndarray:
        """(B,) places, any non-negative numbers -> (B,) rows."""
        places = np.asarray(places, np.int64)
        epoch, at = np.divmod(places, self.rows)
        key = self._key("rows", epoch)
        if self.rows == 1:
            return np.zeros(len(places), np.int64)
        if not self.block or self.block * self.window >= self.rows:
            return permute(at, self.rows, key)
        return self._near(at, epoch)

    def _key(self, purpose: str, number: np.ndarray) -> np.ndarray:
        return mix(np.uint64(key_of(self.seed, "order", purpose)) ^ mix(number.astype(np.uint64)))

    def _near(self, at: np.ndarray, epoch: np.ndarray) -> np.ndarray:
        """Blocks in random order, cut into windows, rows permuted inside each. The last block is as long as the others
        by counting on: places beyond the end are walked past, like those of the permutation itself."""
        blocks = -(-self.rows // self.block)
        short = blocks * self.block - self.rows
        key = self._key("blocks", epoch)
        last = permute(np.full(len(at), blocks - 1), blocks, key, back=True)
        span = self.block * self.window
        cut = last * self.block + self.block - short
        padded = np.where(at >= cut, at + short, at)
        start = padded // span * span
        # The window that holds the short block is shorter by what the block lacks; its hole stands at the hole's place.
        end = np.minimum(start + span, blocks * self.block)
        has_hole = (cut >= start) & (cut < end) & (short > 0)
        length = end - start - np.where(has_hole, short, 0)
        offset = padded - start - np.where(has_hole & (padded >= cut + short), short, 0)
        mixed = _permute_each(offset, length, mix(self._key("window", start) ^ key))
        moved = start + mixed
        moved = np.where(has_hole & (moved >= cut), moved + short, moved)
        return permute(moved // self.block, blocks, key) * self.block + moved % self.block


def _permute_each(index: np.ndarray, count: np.ndarray, key: np.ndarray) -> np.ndarray:
    """`permute` with a count for each index, done for each different count at once."""
    out = np.empty_like(index)
    for value in np.unique(count):
        here = count == value
        out[here] = permute(index[here], int(value), key[here]) if value > 1 else 0
    return out
