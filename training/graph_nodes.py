"""What a graph is made of: constants, nodes, and the two groups of nodes a layer repeats.

`graph` puts them together to a network.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from training.quantization import Floats, Quantization, corrected_bias, quantize_columns

Weights = Mapping[str, Floats]
"""The network's state dict as arrays; matrices are (outputs, inputs), as torch keeps them."""

FUSED = "com.microsoft"
OWN = ".own"
"""Ends the name of a tensor that is cut to the sentences' own tokens."""
EPSILON = 1e-12
"""Of BERT's layer normalization."""


class GraphNodes:
    """Collects the nodes and constants of one graph."""

    def __init__(self, weights: Weights, quantizations: Mapping[str, Quantization] | None) -> None:
        self.weights = weights
        self.quantizations = quantizations
        self.nodes: dict[str, onnx.NodeProto] = {}
        self.constants: dict[str, onnx.TensorProto] = {}

    def linear(self, source: str, name: str, *, output: str) -> str:
        """Multiply by the matrix of that name and add its bias."""
        matrix = self.weights[f"{name}.weight"].T
        if self.quantizations is None:
            bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
            product = self.add(
                "MatMul", source, self.constant(f"{name}.weight", matrix), output=f"{output}.bare"
            )
            return self.add("Add", product, bias, output=output)
        how = self.quantizations[source.removesuffix(OWN)]
        scale = self.constant(f"{source}.scale", np.float32(how.scale))
        zero = self.constant(f"{source}.zero_point", np.uint8(how.zero_point))
        inverse = self.constant(f"{source}.smoothing", 1 / how.smoothing)
        smooth = self.add("Mul", source, inverse, output=f"{source}.smooth")
        steps = self.add("QuantizeLinear", smooth, scale, zero, output=f"{source}.steps")
        values, scales = quantize_columns(matrix * how.smoothing[:, None])
        said = (values * scales) / how.smoothing[:, None]
        bare = self.weights[f"{name}.bias"]
        corrected = corrected_bias(bare, how, exact=matrix, quantized=said)
        bias = self.constant(f"{name}.bias", corrected)
        return self.add(
            "MatMulIntegerToFloat",
            steps,
            self.constant(f"{name}.weight", values),
            scale,
            self.constant(f"{name}.scales", scales),
            zero,
            "",
            bias,
            output=output,
            domain=FUSED,
        )

    def add_and_normalize(self, one: str, other: str, name: str, *, output: str) -> str:
        """Not the fused SkipLayerNormalization: on a CPU it takes eight times as long."""
        return self.add(
            "LayerNormalization",
            self.add("Add", one, other, output=f"{output}.sum"),
            self.constant(f"{name}.gamma", self.weights[f"{name}.weight"]),
            self.constant(f"{name}.beta", self.weights[f"{name}.bias"]),
            output=output,
            epsilon=EPSILON,
        )

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self.constants:
            array = np.array(value, order="C")
            self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def add(
        self, operator: str, *inputs: str, output: str, domain: str = "", **attributes: int | float
    ) -> str:
        """Add a node, once: asking again for an output that stands gives the same."""
        if output not in self.nodes:
            self.nodes[output] = helper.make_node(
                operator, inputs, [output], name=output, domain=domain, **attributes
            )
        return output
