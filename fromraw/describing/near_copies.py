"""Pictures that are nearly the same: resized, compressed again, cropped a little, mirrored, lighter or darker.

Each is looked at as a thumbnail of 32 x 32 pixels. Candidates have nearly the same lowest cosines, whitened by how
much each varies over all pictures (the idea of perceptual hashes: Zauner, "Implementation and benchmarking of
perceptual image hash functions", 2010); in mirror images those of odd order change their sign. Of each pair of
candidates one is then moved and stretched until it fits the other best (Lucas, Kanade, "An iterative image registration
technique", IJCAI 1981). What is left must be small, and far smaller than between pictures that merely look alike here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.fft import dct
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SIZE = 32
"""Pixels of a thumbnail's side."""
ALIKE = 0.7
"""The least cosine between two whitened prints of candidates."""
LEFT = 0.03
"""The most that may be left of the variance where two copies are laid one on the other..."""
SHARE_LEFT = 0.1
"""...and the most in relation to what is left between a picture and its tenth neighbor."""
_MOST_PAIRS = 3000
_NEIGHBORS = 4
"""Of each picture, that are laid on it."""
_TENTH, _ASKED = 10, 100
_FAINT = 1.5
"""Gray levels: a picture whose finer detail varies less shows too little to be told from another."""
_HOPELESS = 0.3
"""Left of two blurred pictures, from which on a closer look is not worth it."""
_BLOCK = 1024


@dataclass(frozen=True)
class Near:
    """pairs (n, 2) of places among the pictures looked at, the lesser first; mirrored (n,) bool."""

    pairs: np.ndarray
    mirrored: np.ndarray


def find_near_copies(thumbnails: np.ndarray) -> Near:
    """thumbnails: (n, 32, 32, 3) uint8. Takes memory and time by blocks; n of 30,000 take seconds."""
    grays = thumbnails.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    soft = gaussian_filter(grays, (0, 1.5, 1.5))
    clear = np.flatnonzero((grays - soft).std((1, 2)) > _FAINT) if len(grays) else np.zeros(0, np.int64)
    none = Near(np.zeros((0, 2), np.int64), np.zeros(0, bool))
    if len(clear) < 2:
        return none
    pairs, flipped, tenth = _candidates(_prints(thumbnails[clear]))
    if not len(pairs):
        return none
    left = _left(grays[clear], pairs, flipped)
    known = tenth[tenth[:, 1] >= 0]
    usual = np.median(_left(grays[clear], known, np.zeros(len(known), bool))) if len(known) >= 20 else 1.0
    kept = left < min(LEFT, SHARE_LEFT * usual)
    return Near(clear[pairs[kept]], flipped[kept])


def clusters_of(near: Near, rows: int) -> np.ndarray:
    """(rows,) int: pictures that are copies of copies of one have one number."""
    ends = (near.pairs[:, 0], near.pairs[:, 1])
    links = coo_array((np.ones(len(near.pairs), bool), ends), shape=(rows, rows))
    return connected_components(links, directed=False)[1]


# ---------------------------------------------------------------------------------------------------------- candidates


def _prints(thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, E) and (n, O) float32, together of length 1: the lowest cosines of light and color, even and odd in x."""
    light, *colors = np.moveaxis(_opponent(thumbnails), -1, 0)
    even, odd = [], []
    for plane, waves in ((light, 7), *((color, 3) for color in colors)):
        basis = dct(np.eye(SIZE, dtype=np.float32), norm="ortho", axis=0)[:waves]
        cosines = np.einsum("ky,nyx,lx->nkl", basis, plane, basis, optimize=True)
        cosines[:, 0, 0] = 0
        even.append(cosines[:, :, 0::2].reshape(len(plane), -1))
        odd.append(cosines[:, :, 1::2].reshape(len(plane), -1))
    both = np.concatenate([*even, *odd], 1)
    spread = both.std(0)
    both = both / np.where(spread > 1e-3 * spread.max(), spread, np.inf)
    both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    split = sum(part.shape[1] for part in even)
    return both[:, :split], both[:, split:]


def _opponent(thumbnails: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(thumbnails.astype(np.float32), -1, 0)
    return np.stack([(red + green + blue) / 3, red - green, (red + green) / 2 - blue], -1)


def _candidates(prints: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that are alike (n, 2), the most alike first; whether one is mirrored; and some pictures with their tenth
    neighbors (m, 2)."""
    count = len(prints[0])
    asked = set(np.linspace(0, count - 1, min(_ASKED, count)).astype(int).tolist())
    pairs, flips, alike, tenth = [], [], [], []
    for start, straight, mirrored in _likenesses(prints):
        best = np.maximum(straight, mirrored)
        rows = np.arange(len(best))
        best[rows, start + rows] = -1
        most = min(_TENTH, count - 1)
        near = np.argpartition(best, -most, axis=1)[:, -most:]
        near = np.take_along_axis(near, np.argsort(-np.take_along_axis(best, near, 1), axis=1), 1)
        tenth += [(start + row, near[row, -1]) for row in rows if most == _TENTH and start + row in asked]
        for place in range(min(_NEIGHBORS, most)):
            other, value = near[:, place], best[rows, near[:, place]]
            kept = value > ALIKE
            pairs.append(np.stack([start + rows, other], 1)[kept])
            flips.append((mirrored[rows, other] > straight[rows, other])[kept])
            alike.append(value[kept])
    both, first = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0, return_index=True)
    order = np.argsort(-np.concatenate(alike)[first], kind="stable")[:_MOST_PAIRS]
    return both[order], np.concatenate(flips)[first][order], np.array(tenth, np.int64).reshape(-1, 2)


def _likenesses(prints: tuple[np.ndarray, np.ndarray]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Block by block: cosines to all others as they are, and to all others mirrored."""
    even, odd = prints
    for start in range(0, len(even), _BLOCK):
        stop = start + _BLOCK
        a, b = even[start:stop] @ even.T, odd[start:stop] @ odd.T
        yield start, a + b, a - b


# ------------------------------------------------------------------------------------------------- one upon the other


def _left(grays: np.ndarray, pairs: np.ndarray, flipped: np.ndarray) -> np.ndarray:
    """(n,) 0 to 1: the share of variance that is left of each pair, laid on each other as well as they fit."""
    found = [np.zeros(0, np.float32)]
    for start in range(0, len(pairs), 256):
        some, flip = pairs[start : start + 256], flipped[start : start + 256]
        one, other = grays[some[:, 0]], grays[some[:, 1]].copy()
        other[flip] = other[flip, :, ::-1]
        left = _fitted(one, other)
        doubtful = np.flatnonzero(left > LEFT / 4)
        left[doubtful] = np.minimum(left[doubtful], _fitted(other[doubtful], one[doubtful]))
        found.append(left)
    return np.concatenate(found)


def _fitted(still: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """(n,) the share of variance that is left after moving and stretching one: coarse first, then fine where that is
    worth it."""
    place = np.tile(np.array([0, 1, 0, 1], np.float32), (len(still), 1))
    left = _fit(_blurred(still, 2.5)[:, ::2, ::2], _blurred(moved, 2.5)[:, ::2, ::2], place, 6)
    near = np.flatnonzero(left < _HOPELESS)
    left[near] = _fit(_blurred(still[near], 1.0), _blurred(moved[near], 1.0), place[near], 4)
    return left


def _blurred(planes: np.ndarray, sigma: float) -> np.ndarray:
    blurred: np.ndarray = gaussian_filter(planes, (0, sigma, sigma))
    return blurred


def _fit(still: np.ndarray, moved: np.ndarray, place: np.ndarray, steps: int) -> np.ndarray:
    """Better `place` by Gauss-Newton steps; what is left then, 1 where most would lie outside."""
    if not len(still):
        return np.zeros(0, np.float32)
    half = (still.shape[1] - 1) / 2
    planes = np.stack([moved, *(half * slope for slope in np.gradient(moved, axis=(1, 2)))], -1)
    for _ in range(steps):
        place += _step(still, planes, place)
    seen, inside = _sampled(planes[..., :1], place)
    return np.where(inside.mean((1, 2)) > 0.6, _unlike(still, seen[..., 0], inside), 1.0).astype(np.float32)


def _sampled(planes: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Planes (n, s, s, p) seen at shifted and stretched places, of which -1 and 1 are the edges; which lie inside."""
    size = planes.shape[1]
    grid = np.linspace(-1, 1, size, dtype=np.float32)
    at = [(place[:, k, None] + place[:, k + 1, None] * grid + 1) * (size - 1) / 2 for k in (0, 2)]
    inside = [(x > -0.01) & (x < size - 0.99) for x in at]
    low = [np.clip(np.floor(x), 0, size - 2).astype(np.int64) for x in at]
    part = [np.clip(x - base, 0, 1) for x, base in zip(at, low, strict=True)]
    rows = np.arange(len(place))[:, None]
    v, u = part[0][:, :, None, None], part[1][:, None, :, None]
    lines = planes[rows, low[0]] * (1 - v) + planes[rows, low[0] + 1] * v
    lines = np.ascontiguousarray(lines.transpose(0, 2, 1, 3))
    seen = (lines[rows, low[1]].transpose(0, 2, 1, 3)) * (1 - u) + lines[rows, low[1] + 1].transpose(0, 2, 1, 3) * u
    return seen, inside[0][:, :, None] & inside[1][:, None, :]


def _step(still: np.ndarray, planes: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A Gauss-Newton step of (shift, stretch) in y and in x, with lightness and contrast left free."""
    found, inside = _sampled(planes, place)
    seen, down, right = np.moveaxis(found, -1, 0)
    grid = np.linspace(-1, 1, still.shape[1], dtype=np.float32)
    design = np.stack([down, down * grid[:, None], right, right * grid, seen, np.ones_like(seen)], -1)
    design = (design * inside[..., None]).reshape(len(seen), -1, 6)
    normal = design.transpose(0, 2, 1) @ design
    normal += np.eye(6, dtype=np.float32) * (1e-3 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 6 + 1e-6)
    target = still.reshape(len(seen), -1, 1)
    way = np.linalg.solve(normal, design.transpose(0, 2, 1) @ target)[..., 0]
    gain = np.where(np.abs(way[:, 4:5]) > 0.1, way[:, 4:5], 1.0)
    step: np.ndarray = np.clip(way[:, :4] / gain, -0.12, 0.12)
    return step


def _unlike(one: np.ndarray, other: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """1 less the squared correlation over the pixels inside; 1 where it is negative."""
    weight = inside / np.maximum(inside.sum((1, 2), keepdims=True), 1)
    a = one - (one * weight).sum((1, 2), keepdims=True)
    b = other - (other * weight).sum((1, 2), keepdims=True)
    both = (a * b * weight).sum((1, 2))
    scale = (a * a * weight).sum((1, 2)) * (b * b * weight).sum((1, 2))
    return np.where(both > 0, 1 - both**2 / np.maximum(scale, 1e-9), 1.0)
