"""Pictures seen through a view: whole-pixel shifts and mirror images by copying, all else by interpolation."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from fromraw.signals import View

_FAR = 16
"""Shifts of more pixels than this are interpolated, not copied from a padded picture."""


@dataclass(frozen=True)
class Border:
    """What lies beyond a picture's edge: its ground, where pictures have one; else the picture reflected."""

    ground: list[float] | None
    mean: np.ndarray

    def pad(self, pixels: np.ndarray, reach: int) -> np.ndarray:
        """(B, h, w, c) with `reach` more pixels on each side."""
        b, h, w, c = pixels.shape
        padded = np.empty((b, h + 2 * reach, w + 2 * reach, c), pixels.dtype)
        inside = slice(reach, h + reach), slice(reach, w + reach)
        if self.ground is not None:
            padded[:] = np.round(self.ground).astype(pixels.dtype)
            padded[:, inside[0], inside[1]] = pixels
            return padded
        rows, columns = _reflected(h, reach), _reflected(w, reach)
        padded[:, inside[0], inside[1]] = pixels
        for place in (*range(reach), *range(reach + w, w + 2 * reach)):
            padded[:, inside[0], place] = pixels[:, :, columns[place]]
        for place in (*range(reach), *range(reach + h, h + 2 * reach)):
            padded[:, place] = padded[:, reach + rows[place]]
        return padded


def _reflected(length: int, reach: int) -> np.ndarray:
    """Indices -reach ... length + reach - 1, reflected at the edges (the edge itself once)."""
    if length == 1:
        return np.zeros(1 + 2 * reach, np.int64)
    places = np.abs(np.arange(-reach, length + reach)) % (2 * length - 2)
    return np.where(places < length, places, 2 * length - 2 - places)


def warp(pixels: np.ndarray, sizes: np.ndarray, view: View, border: Border) -> np.ndarray:
    """Stored pictures (B, h, w, c), of these raw sizes (B, 2), as the view's grid sees them (B, H, W, c)."""
    stored = np.array(pixels.shape[1:3])
    linear = view.matrix[:, :, :2] * (np.maximum(sizes, 1) / stored)[:, None, :]
    shift, grid = view.matrix[:, :, 2], view.size[0] if len(view.size) else stored
    flips = np.round(linear[:, [0, 1], [0, 1]])
    # A map that turns about the middle moves by the whole size; what is left is how far the picture was moved.
    moved = shift - np.where(flips < 0, stored, 0)
    steps = np.round(moved)
    aligned = np.abs(linear - flips[:, :, None] * np.eye(2)).max(initial=0) < 1e-6 and np.all(np.abs(flips) == 1)
    whole = aligned and np.abs(moved - steps).max(initial=0) < 1e-6 and np.array_equal(grid, stored)
    if not whole or np.abs(steps).max(initial=0) > _FAR:
        return _interpolate(pixels, linear, shift, grid, border)
    return _copy(pixels, flips, steps.astype(np.int64), border)


def _copy(pixels: np.ndarray, flips: np.ndarray, steps: np.ndarray, border: Border) -> np.ndarray:
    """Mirrored where flips (B, 2) are -1, then moved by whole steps (B, 2)."""
    for axis in (0, 1):
        turned = flips[:, axis] < 0
        if turned.any():
            pixels = pixels.copy()
            pixels[turned] = np.flip(pixels[turned], axis + 1)
    reach = int(np.abs(steps).max(initial=0))
    if not reach:
        return pixels
    b, h, w, c = pixels.shape
    padded = border.pad(pixels, reach)
    rows, columns, channels = padded.strides[1:]
    windows = np.lib.stride_tricks.as_strided(
        padded,
        (b, 2 * reach + 1, 2 * reach + 1, h, w * c),  # a window's row is one piece of memory
        (padded.strides[0], rows, columns, rows, channels),
        writeable=False,
    )
    return windows[np.arange(b), reach - steps[:, 0], reach - steps[:, 1]].reshape(b, h, w, c)


def _interpolate(
    pixels: np.ndarray, linear: np.ndarray, shift: np.ndarray, grid: np.ndarray, border: Border
) -> np.ndarray:
    """Any affine map from stored to grid coordinates, bilinear."""
    b, h, w, c = pixels.shape
    (height, width), stored = (int(n) for n in grid), np.array([h, w])
    back = np.linalg.inv(linear)
    offset = -np.einsum("bij,bj->bi", back, shift)
    # From the grid's coordinates in -1..1 to the picture's: x = size / 2 * (u + 1), in the order (x, y) of torch.
    scaled = back * (grid / 2)[None, None, :] / (stored / 2)[None, :, None]
    moved = (offset + np.einsum("bij,j->bi", back, grid / 2)) / (stored / 2) - 1
    theta = np.concatenate([scaled, moved[:, :, None]], 2)[:, ::-1][:, :, [1, 0, 2]]
    field = F.affine_grid(torch.tensor(theta, dtype=torch.float32), [b, c, height, width], align_corners=False)
    values = torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2)
    if border.ground is None:
        seen = F.grid_sample(values, field, padding_mode="reflection", align_corners=False)
    else:
        ground = torch.tensor(border.ground, dtype=torch.float32)[:, None, None]
        seen = F.grid_sample(values - ground, field, padding_mode="zeros", align_corners=False) + ground
    return seen.permute(0, 2, 3, 1).numpy()
