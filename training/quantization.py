"""How numbers become eight bits: the inputs of matrix products, and their weights.

Everything is fixed at export, so that at run time a score depends on its sentence alone. `graph`
tells where it is used.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BALANCE = 0.7
"""How much of a channel's spread goes from the input into the weights (SmoothQuant's alpha, Xiao et
al. 2023): 0 leaves it all to the input, 1 makes all channels alike. LOG.md has what was tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantization:
    """How the input of a matrix product becomes eight bits."""

    smoothing: Floats
    """What each channel is divided by first; its inverse goes into the weights."""
    low: float
    high: float
    """What the divided values span; values outside are clipped."""
    mean: Floats
    mean_quantized: Floats
    """The mean input, as it is and as eight bits say it, both undivided: see `corrected_bias`."""

    @property
    def scale(self) -> float:
        """Width of one of the 255 steps."""
        return (self.high - self.low) / 255

    @property
    def zero_point(self) -> int:
        """The step that stands for zero."""
        return int(np.clip(round(-self.low / self.scale), 0, 255))


def quantization_of(values: Floats) -> Quantization:
    """Measure how to quantize a product's input from samples of shape (tokens, channels)."""
    largest = np.abs(values).max(0)
    smoothing = (np.maximum(largest, 1e-3 * largest.max()) ** BALANCE).astype(np.float32)
    smooth = values / smoothing
    bare = Quantization(
        smoothing=smoothing,
        low=min(0.0, float(smooth.min())),
        high=float(smooth.max()),
        mean=values.mean(0),
        mean_quantized=values.mean(0),
    )
    steps = np.clip(np.rint(smooth / bare.scale) + bare.zero_point, 0, 255)
    said = (steps - bare.zero_point) * bare.scale * smoothing
    return replace(bare, mean_quantized=said.mean(0).astype(np.float32))


def quantize_columns(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return a matrix as int8 and its scales, one a column (symmetric, largest value 127)."""
    scales = np.maximum(np.abs(matrix).max(0), 1e-12) / 127
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def corrected_bias(bias: Floats, how: Quantization, *, exact: Floats, quantized: Floats) -> Floats:
    """Take the mean error of a quantized product out of its bias.

    Rounding errs to one side a little in each column, and layers add it up. On the sentences the
    ranges are measured on, the product then errs by nothing on average (Nagel et al. 2019, "Data-
    Free Quantization Through Weight Equalization and Bias Correction", section 4.2).
    """
    error = how.mean_quantized @ quantized - how.mean @ exact
    return (bias - error).astype(np.float32)
