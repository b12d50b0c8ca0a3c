"""Writes the network as an ONNX graph, node by node, in fp32 or int8.

The graph is written by hand rather than traced and rewritten: it is forty lines of BERT, it
uses ONNX Runtime's fused operators from the start, and it says where numbers are eight bits.

int8 means: the four matrix products of a layer and the word vectors. A product's input is
quantized with one scale fixed at export (`ActivationRange`), its weights with one scale an
output column, its result comes back as float. Since no scale is taken from the batch at run
time, a sentence's score does not depend on its neighbours (docs/adr records the measured
alternatives).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]

FUSED = "com.microsoft"
EPSILON = 1e-12
OPSET = 20
IR_VERSION = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The sizes of the encoder."""

    layers: int
    heads: int
    hidden: int
    max_tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivationRange:
    """What the input of a matrix product spans; values outside are clipped."""

    low: float
    high: float

    @property
    def scale(self) -> float:
        """Width of one of the 255 steps."""
        return (self.high - self.low) / 255

    @property
    def zero_point(self) -> int:
        """The step that stands for zero."""
        return int(np.clip(round(-self.low / self.scale), 0, 255))


def quantize_columns(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix as int8 and its scales, one a column (symmetric, largest value 127)."""
    scales = np.maximum(np.abs(matrix).max(0), 1e-12) / 127
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self, operator: str, *inputs: str, output: str, domain: str = "", **attributes: object
    ) -> str:
        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output


def product_inputs(shape: Shape) -> list[str]:
    """Return the names of the tensors that enter a matrix product, in order."""
    kinds = ("attention_input", "attention_output", "feed_forward_input", "feed_forward_inner")
    return [f"layer{i}.{kind}" for i in range(shape.layers) for kind in kinds]


def build(
    weights: Weights,
    shape: Shape,
    *,
    ranges: Mapping[str, ActivationRange] | None = None,
    expose_activations: bool = False,
    products: str = "static",
    gelu: str = "Gelu",
    attention: str = "mha",
) -> onnx.ModelProto:
    """Build the graph from the network's state dict; int8 when `ranges` are given.

    Inputs: input_ids, attention_mask, token_type_ids, int64 (batch, length). Outputs: logits
    (batch, worth labels) and claim_type_logits (batch, type labels).
    """
    g = _Graph()
    quantized = ranges is not None or products == "nbits"

    def linear(
        source: str, name: str, matrix: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> str:
        """Multiply by a (inputs, outputs) matrix and add the bias."""
        if products == "nbits":
            return _nbits(g, source, name, matrix, bias)
        if ranges is None:
            g.add("MatMul", source, g.constant(f"{name}.weight", matrix), output=f"{name}.product")
            return g.add("Add", f"{name}.product", g.constant(f"{name}.bias", bias), output=name)
        span = ranges[source]
        scale = g.constant(f"{source}.scale", np.float32(span.scale))
        zero = g.constant(f"{source}.zero_point", np.uint8(span.zero_point))
        if f"{source}.quantized" not in {node.name for node in g.nodes}:
            g.add("QuantizeLinear", source, scale, zero, output=f"{source}.quantized")
        values, scales = quantize_columns(matrix)
        return g.add(
            "MatMulIntegerToFloat",
            f"{source}.quantized",
            g.constant(f"{name}.weight", values),
            scale,
            g.constant(f"{name}.scales", scales),
            zero,
            "",
            g.constant(f"{name}.bias", bias),
            output=name,
            domain=FUSED,
        )

    def skip_norm(one: str, other: str, prefix: str, output: str) -> str:
        return g.add(
            "SkipLayerNormalization",
            one,
            other,
            g.constant(f"{prefix}.gamma", weights[f"{prefix}.weight"]),
            g.constant(f"{prefix}.beta", weights[f"{prefix}.bias"]),
            output=output,
            domain=FUSED,
            epsilon=EPSILON,
        )

    _embeddings(g, weights, shape, quantized=quantized)
    states = skip_norm("words", "places", "encoder.embeddings.LayerNorm", "layer0.attention_input")
    for i in range(shape.layers):
        prefix = f"encoder.encoder.layer.{i}"

        def w(name: str, prefix: str = prefix) -> NDArray[np.float32]:
            return weights[f"{prefix}.{name}"]

        parts = ("query", "key", "value")
        if attention == "mha":
            qkv = [
                linear(
                    states,
                    f"layer{i}.{part}",
                    w(f"attention.self.{part}.weight").T,
                    w(f"attention.self.{part}.bias"),
                )
                for part in parts
            ]
            attended = g.add(
                "MultiHeadAttention",
                *qkv,
                "",
                "mask",
                output=f"layer{i}.attention_output",
                domain=FUSED,
                num_heads=shape.heads,
            )
        else:
            matrix = np.concatenate([w(f"attention.self.{p}.weight").T for p in parts], 1)
            bias = np.concatenate([w(f"attention.self.{p}.bias") for p in parts])
            name = f"layer{i}.qkv"
            if ranges is None:
                attended = g.add(
                    "Attention",
                    states,
                    g.constant(f"{name}.weight", matrix),
                    g.constant(f"{name}.bias", bias),
                    "mask",
                    output=f"layer{i}.attention_output",
                    domain=FUSED,
                    num_heads=shape.heads,
                )
            else:
                span = ranges[states]
                scale = g.constant(f"{states}.scale", np.float32(span.scale))
                zero = g.constant(f"{states}.zero_point", np.uint8(span.zero_point))
                values, scales = quantize_columns(matrix)
                attended = g.add(
                    "QAttention",
                    g.add("QuantizeLinear", states, scale, zero, output=f"{states}.quantized"),
                    g.constant(f"{name}.weight", values),
                    g.constant(f"{name}.bias", bias),
                    scale,
                    g.constant(f"{name}.scales", scales),
                    "mask",
                    zero,
                    g.constant(f"{name}.zero_points", np.zeros(len(scales), np.int8)),
                    output=f"layer{i}.attention_output",
                    domain=FUSED,
                    num_heads=shape.heads,
                )
        projected = linear(
            attended,
            f"layer{i}.projected",
            w("attention.output.dense.weight").T,
            w("attention.output.dense.bias"),
        )
        states = skip_norm(
            projected,
            states,
            f"{prefix}.attention.output.LayerNorm",
            f"layer{i}.feed_forward_input",
        )
        inner = linear(
            states,
            f"layer{i}.inner",
            w("intermediate.dense.weight").T,
            w("intermediate.dense.bias"),
        )
        g.add(gelu, inner, output=f"layer{i}.feed_forward_inner", domain=FUSED)
        outer = linear(
            f"layer{i}.feed_forward_inner",
            f"layer{i}.outer",
            w("output.dense.weight").T,
            w("output.dense.bias"),
        )
        last = i + 1 == shape.layers
        states = skip_norm(
            outer,
            states,
            f"{prefix}.output.LayerNorm",
            "states" if last else f"layer{i + 1}.attention_input",
        )
    _heads(g, weights, states)
    exposed = product_inputs(shape) if expose_activations else []
    return _model(g, weights, exposed)


def _nbits(
    g: _Graph, source: str, name: str, matrix: NDArray[np.float32], bias: NDArray[np.float32]
) -> str:
    """MatMulNBits, 8 bits, blocks of 32 inputs, the input quantized a row and block at run time."""
    block = 32
    k, n = matrix.shape
    blocks = matrix.T.reshape(n, k // block, block)
    scales = np.maximum(np.abs(blocks).max(-1), 1e-12) / 127
    values = (np.rint(blocks / scales[..., None]) + 128).astype(np.uint8)
    return g.add(
        "MatMulNBits",
        source,
        g.constant(f"{name}.weight", values),
        g.constant(f"{name}.scales", scales.astype(np.float32).reshape(-1)),
        "",
        "",
        g.constant(f"{name}.bias", bias),
        output=name,
        domain=FUSED,
        K=k,
        N=n,
        bits=8,
        block_size=block,
        accuracy_level=4,
    )


def _embeddings(g: _Graph, weights: Weights, shape: Shape, *, quantized: bool) -> None:
    """Make `words` and `places` (position and segment in one table), and the int32 `mask`."""
    words = weights["encoder.embeddings.word_embeddings.weight"]
    if quantized:
        values, scales = quantize_columns(words.T)
        table = g.constant("word_vectors", np.ascontiguousarray(values.T))
        g.add("Gather", table, "input_ids", output="word_steps")
        g.add("Cast", "word_steps", output="word_floats", to=TensorProto.FLOAT)
        g.add(
            "Gather", g.constant("word_scales", scales[:, None]), "input_ids", output="word_scale"
        )
        g.add("Mul", "word_floats", "word_scale", output="words")
    else:
        g.add("Gather", g.constant("word_vectors", words), "input_ids", output="words")
    positions = weights["encoder.embeddings.position_embeddings.weight"][: shape.max_tokens]
    segments = weights["encoder.embeddings.token_type_embeddings.weight"]
    table = g.constant(
        "place_vectors", np.concatenate([positions + segment for segment in segments])
    )
    g.add("Shape", "input_ids", output="length", start=1, end=2)
    zero = g.constant("zero", np.int64(0))
    g.add("Squeeze", "length", output="length_scalar")
    g.add("Range", zero, "length_scalar", g.constant("one", np.int64(1)), output="positions")
    g.add(
        "Mul",
        "token_type_ids",
        g.constant("segment_offset", np.int64(shape.max_tokens)),
        output="offsets",
    )
    g.add("Add", "offsets", "positions", output="place_ids")
    g.add("Gather", table, "place_ids", output="places")
    g.add("Cast", "attention_mask", output="mask", to=TensorProto.INT32)


def _heads(g: _Graph, weights: Weights, states: str) -> None:
    """Average the states of the sentence's own tokens and apply both heads."""
    g.add("Sub", g.constant("one", np.int64(1)), "token_type_ids", output="first_segment")
    g.add("Mul", "attention_mask", "first_segment", output="own_tokens")
    g.add("Cast", "own_tokens", output="own", to=TensorProto.FLOAT)
    g.add("Unsqueeze", "own", g.constant("axis1", np.array([1], np.int64)), output="own_row")
    g.add("MatMul", "own_row", states, output="summed_row")
    g.add("Squeeze", "summed_row", "axis1", output="summed")
    g.add("ReduceSum", "own", "axis1", output="own_count", keepdims=1)
    g.add("Div", "summed", "own_count", output="pooled")
    for head, output in (("worth", "logits"), ("claim_type", "claim_type_logits")):
        g.add(
            "Gemm",
            "pooled",
            g.constant(f"{head}.weight", weights[f"{head}.weight"]),
            g.constant(f"{head}.bias", weights[f"{head}.bias"]),
            output=output,
            transB=1,
        )


def _model(g: _Graph, weights: Weights, exposed: list[str]) -> onnx.ModelProto:
    def value(name: str, kind: int, *dimensions: str | int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, dimensions)

    inputs = [
        value(name, TensorProto.INT64, "batch", "length")
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, "batch", len(weights["worth.bias"])),
        value("claim_type_logits", TensorProto.FLOAT, "batch", len(weights["claim_type.bias"])),
        *(value(name, TensorProto.FLOAT, "batch", "length", "width") for name in exposed),
    ]
    graph = helper.make_graph(g.nodes, "claimwire", inputs, outputs, list(g.constants.values()))
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)],
        ir_version=IR_VERSION,
        producer_name="claimwire",
    )
