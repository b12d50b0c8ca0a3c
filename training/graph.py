"""Writes the network as an ONNX graph, node by node, in fp32 or int8.

The graph is written by hand rather than traced and rewritten: it is a page of BERT, it uses
ONNX Runtime's quick operators and none of its slow ones, and it says where numbers are eight bits.

int8 means: the four matrix products of a layer and the word vectors. A product's input is
divided by a constant a channel, so that no channel drowns the others (as SmoothQuant does,
Xiao et al. 2023), and quantized with one scale; both are fixed at export (`Quantization`). Its
weights have one scale an output column, its result comes back as float, and its bias makes up for
the mean error. Since no scale is taken
from the batch at run time, a sentence's score does not depend on its neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.quantization import Floats, Quantization, corrected_bias, quantize_columns

Weights = Mapping[str, Floats]
"""The network's state dict as arrays; matrices are (outputs, inputs), as torch keeps them."""

FUSED = "com.microsoft"
OPSET = 23  # the first with Attention
IR_VERSION = 11
EPSILON = 1e-12
"""Of BERT's layer normalization."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The sizes of the encoder."""

    layers: int
    heads: int
    max_tokens: int


def product_inputs(shape: Shape) -> list[str]:
    """Return the names of the tensors that enter a matrix product, in order."""
    kinds = ("attention_input", "attention_output", "feed_forward_input", "feed_forward_inner")
    return [f"layer{i}.{kind}" for i in range(shape.layers) for kind in kinds]


def build(
    weights: Weights,
    shape: Shape,
    *,
    quantizations: Mapping[str, Quantization] | None = None,
    expose_activations: bool = False,
) -> onnx.ModelProto:
    """Build the graph; int8 when `quantizations` (by names of `product_inputs`) are given.

    Inputs: input_ids, attention_mask, token_type_ids, int64 (batch, length). Outputs: logits
    (batch, 3), claim_type_logits (batch, 7), token_logits (batch, length, 3), whose mean over the
    own tokens plus the bias are the logits; with `expose_activations` every product's input.
    """
    graph = _Graph(weights, quantizations)
    states = graph.embeddings(shape)
    for layer in range(shape.layers):
        states = graph.layer(layer, states, shape, last=layer + 1 == shape.layers)
    graph.heads(states)
    return graph.model(product_inputs(shape) if expose_activations else [])


class _Graph:
    """Collects the nodes and constants of one graph."""

    def __init__(self, weights: Weights, quantizations: Mapping[str, Quantization] | None) -> None:
        self._weights = weights
        self._quantizations = quantizations
        self._nodes: dict[str, onnx.NodeProto] = {}
        self._constants: dict[str, onnx.TensorProto] = {}

    def embeddings(self, shape: Shape) -> str:
        """Add up word, position and segment vectors and normalize; also make `mask`."""
        words = self._weights["encoder.embeddings.word_embeddings.weight"]
        if self._quantizations is None:
            self._add("Gather", self._constant("word_vectors", words), "input_ids", output="words")
        else:
            values, scales = quantize_columns(words.T)  # one scale a word
            self._constant("word_vectors", values.T)
            self._constant("word_scales", scales[:, None])
            self._add("Gather", "word_vectors", "input_ids", output="word_steps")
            self._add("Cast", "word_steps", output="word_floats", to=TensorProto.FLOAT)
            self._add("Gather", "word_scales", "input_ids", output="word_scale")
            self._add("Mul", "word_floats", "word_scale", output="words")
        # Position and segment share one table: row = segment * max_tokens + position.
        positions = self._weights["encoder.embeddings.position_embeddings.weight"]
        segments = self._weights["encoder.embeddings.token_type_embeddings.weight"]
        places = np.concatenate([positions[: shape.max_tokens] + one for one in segments])
        self._constant("place_vectors", places)
        self._constant("zero", np.int64(0))
        self._constant("one", np.int64(1))
        self._constant("max_tokens", np.int64(shape.max_tokens))
        self._add("Shape", "input_ids", output="lengths", start=1, end=2)
        self._add("Squeeze", "lengths", output="length")
        self._add("Range", "zero", "length", "one", output="positions")
        self._add("Mul", "token_type_ids", "max_tokens", output="segment_rows")
        self._add("Add", "segment_rows", "positions", output="place_rows")
        self._add("Gather", "place_vectors", "place_rows", output="places")
        self._constant("mask_axes", np.array([1, 2], np.int64))
        self._add("Cast", "attention_mask", output="mask_row", to=TensorProto.BOOL)
        self._add("Unsqueeze", "mask_row", "mask_axes", output="mask_rows")
        self._constant("single", np.array([1], np.int64))
        self._add("Concat", "single", "single", "lengths", "single", output="mask_shape", axis=0)
        self._add("Expand", "mask_rows", "mask_shape", output="mask")
        return self._add_and_normalize(
            "words", "places", "encoder.embeddings.LayerNorm", output="layer0.attention_input"
        )

    def layer(self, index: int, states: str, shape: Shape, *, last: bool) -> str:
        """Add one encoder layer; `states` is `layerN.attention_input`."""
        prefix, here = f"encoder.encoder.layer.{index}", f"layer{index}"
        parts = [
            self._linear(states, f"{prefix}.attention.self.{part}", output=f"{here}.{part}")
            for part in ("query", "key", "value")
        ]
        attended = self._add(
            "Attention",
            *parts,
            "mask",
            output=f"{here}.attention_output",
            q_num_heads=shape.heads,
            kv_num_heads=shape.heads,
        )
        projected = self._linear(
            attended, f"{prefix}.attention.output.dense", output=f"{here}.projected"
        )
        states = self._add_and_normalize(
            projected,
            states,
            f"{prefix}.attention.output.LayerNorm",
            output=f"{here}.feed_forward_input",
        )
        inner = self._linear(states, f"{prefix}.intermediate.dense", output=f"{here}.inner")
        bent = self._add("Gelu", inner, output=f"{here}.feed_forward_inner", domain=FUSED)
        outer = self._linear(bent, f"{prefix}.output.dense", output=f"{here}.outer")
        return self._add_and_normalize(
            outer,
            states,
            f"{prefix}.output.LayerNorm",
            output="states" if last else f"layer{index + 1}.attention_input",
        )

    def heads(self, states: str) -> None:
        """Average the states of the sentence's own tokens and apply both heads."""
        self._constant("middle_axis", np.array([1], np.int64))
        self._add("Sub", "one", "token_type_ids", output="first_segment")
        self._add("Mul", "attention_mask", "first_segment", output="own_tokens")
        self._add("Cast", "own_tokens", output="own", to=TensorProto.FLOAT)
        self._add("Unsqueeze", "own", "middle_axis", output="own_row")
        self._add("MatMul", "own_row", states, output="sum_row")
        self._add("Squeeze", "sum_row", "middle_axis", output="sum")
        self._add("ReduceSum", "own", "middle_axis", output="own_count", keepdims=1)
        self._add("Div", "sum", "own_count", output="pooled")
        for head, output in (("worth", "logits"), ("claim_type", "claim_type_logits")):
            weight = self._constant(f"{head}.weight", self._weights[f"{head}.weight"])
            bias = self._constant(f"{head}.bias", self._weights[f"{head}.bias"])
            self._add("Gemm", "pooled", weight, bias, output=output, transB=1)
        self._constant("worth.columns", self._weights["worth.weight"].T)
        self._add("MatMul", states, "worth.columns", output="token_logits")

    def model(self, exposed: list[str]) -> onnx.ModelProto:
        """Close the graph."""

        def value(name: str, kind: int, *dimensions: str | int) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, kind, dimensions)

        inputs = [
            value(name, TensorProto.INT64, "batch", "length")
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        worth, types = (len(self._weights[f"{head}.bias"]) for head in ("worth", "claim_type"))
        outputs = [
            value("logits", TensorProto.FLOAT, "batch", worth),
            value("claim_type_logits", TensorProto.FLOAT, "batch", types),
            value("token_logits", TensorProto.FLOAT, "batch", "length", worth),
            *(value(name, TensorProto.FLOAT, "batch", "length", "width") for name in exposed),
        ]
        nodes, constants = list(self._nodes.values()), list(self._constants.values())
        return helper.make_model(
            helper.make_graph(nodes, "claimwire", inputs, outputs, constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)],
            ir_version=IR_VERSION,
            producer_name="claimwire",
        )

    def _linear(self, source: str, name: str, *, output: str) -> str:
        """Multiply by the matrix of that name and add its bias."""
        matrix = self._weights[f"{name}.weight"].T
        if self._quantizations is None:
            bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
            product = self._add(
                "MatMul", source, self._constant(f"{name}.weight", matrix), output=f"{output}.bare"
            )
            return self._add("Add", product, bias, output=output)
        how = self._quantizations[source]
        scale = self._constant(f"{source}.scale", np.float32(how.scale))
        zero = self._constant(f"{source}.zero_point", np.uint8(how.zero_point))
        inverse = self._constant(f"{source}.smoothing", 1 / how.smoothing)
        smooth = self._add("Mul", source, inverse, output=f"{source}.smooth")
        steps = self._add("QuantizeLinear", smooth, scale, zero, output=f"{source}.steps")
        values, scales = quantize_columns(matrix * how.smoothing[:, None])
        said = (values * scales) / how.smoothing[:, None]
        bare = self._weights[f"{name}.bias"]
        corrected = corrected_bias(bare, how, exact=matrix, quantized=said)
        bias = self._constant(f"{name}.bias", corrected)
        return self._add(
            "MatMulIntegerToFloat",
            steps,
            self._constant(f"{name}.weight", values),
            scale,
            self._constant(f"{name}.scales", scales),
            zero,
            "",
            bias,
            output=output,
            domain=FUSED,
        )

    def _add_and_normalize(self, one: str, other: str, name: str, *, output: str) -> str:
        """Not the fused SkipLayerNormalization: on a CPU it takes eight times as long."""
        return self._add(
            "LayerNormalization",
            self._add("Add", one, other, output=f"{output}.sum"),
            self._constant(f"{name}.gamma", self._weights[f"{name}.weight"]),
            self._constant(f"{name}.beta", self._weights[f"{name}.bias"]),
            output=output,
            epsilon=EPSILON,
        )

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self._constants:
            array = np.array(value, order="C")
            self._constants[name] = numpy_helper.from_array(array, name)
        return name

    def _add(
        self, operator: str, *inputs: str, output: str, domain: str = "", **attributes: int | float
    ) -> str:
        """Add a node, once: asking again for an output that stands gives the same."""
        if output not in self._nodes:
            self._nodes[output] = helper.make_node(
                operator, inputs, [output], name=output, domain=domain, **attributes
            )
        return output
