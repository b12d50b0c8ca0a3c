"""Writes the network as an ONNX graph, node by node, in fp32 or int8.

The graph is written by hand rather than traced and rewritten: it is a page of BERT, it uses
ONNX Runtime's quick operators and none of its slow ones, and it says where numbers are eight bits.

int8 means: the four matrix products of a layer and the word vectors. A product's input is
divided by a constant a channel, so that no channel drowns the others (as SmoothQuant does,
Xiao et al. 2023), and quantized with one scale; both are fixed at export (`Quantization`). Its
weights have one scale an output column, its result comes back as float, and its bias makes up for
the mean error. Since no scale is taken
from the batch at run time, a sentence's score does not depend on its neighbours.

The heads read the sentence's own tokens alone. So the last layer makes no more of the context than
keys and values: everything after is computed for the first tokens of each row only, as many as the
longest sentence of the batch has.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from training.graph_nodes import FUSED, OWN, GraphNodes, Weights
from training.quantization import Quantization, quantize_columns

OPSET = 23  # the first with Attention
IR_VERSION = 11


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
    (batch, 3), claim_type_logits (batch, 7), token_logits (batch, longest sentence, 3), whose mean
    over the own tokens plus the bias are the logits; with `expose_activations` every product's
    input. A row's own tokens, segment 0, are its first.
    """
    graph = _Graph(weights, quantizations)
    states = graph.embeddings(shape)
    for layer in range(shape.layers):
        states = graph.layer(layer, states, shape, last=layer + 1 == shape.layers)
    graph.heads(states)
    return graph.model(product_inputs(shape) if expose_activations else [])


class _Graph(GraphNodes):
    """BERT and its two heads, node by node."""

    def embeddings(self, shape: Shape) -> str:
        """Add up word, position and segment vectors and normalize; also make `mask`."""
        words = self.weights["encoder.embeddings.word_embeddings.weight"]
        if self.quantizations is None:
            self.add("Gather", self.constant("word_vectors", words), "input_ids", output="words")
        else:
            values, scales = quantize_columns(words.T)  # one scale a word
            self.constant("word_vectors", values.T)
            self.constant("word_scales", scales[:, None])
            self.add("Gather", "word_vectors", "input_ids", output="word_steps")
            self.add("Cast", "word_steps", output="word_floats", to=TensorProto.FLOAT)
            self.add("Gather", "word_scales", "input_ids", output="word_scale")
            self.add("Mul", "word_floats", "word_scale", output="words")
        # Position and segment share one table: row = segment * max_tokens + position.
        positions = self.weights["encoder.embeddings.position_embeddings.weight"]
        segments = self.weights["encoder.embeddings.token_type_embeddings.weight"]
        places = np.concatenate([positions[: shape.max_tokens] + one for one in segments])
        self.constant("place_vectors", places)
        self.constant("zero", np.int64(0))
        self.constant("one", np.int64(1))
        self.constant("max_tokens", np.int64(shape.max_tokens))
        self.add("Shape", "input_ids", output="lengths", start=1, end=2)
        self.add("Squeeze", "lengths", output="length")
        self.add("Range", "zero", "length", "one", output="positions")
        self.add("Mul", "token_type_ids", "max_tokens", output="segment_rows")
        self.add("Add", "segment_rows", "positions", output="place_rows")
        self.add("Gather", "place_vectors", "place_rows", output="places")
        self.constant("mask_axes", np.array([1, 2], np.int64))
        self.add("Cast", "attention_mask", output="mask_row", to=TensorProto.BOOL)
        self.add("Unsqueeze", "mask_row", "mask_axes", output="mask_rows")
        self._mask("lengths", output="mask")
        self._own_tokens()
        return self.add_and_normalize(
            "words", "places", "encoder.embeddings.LayerNorm", output="layer0.attention_input"
        )

    def layer(self, index: int, states: str, shape: Shape, *, last: bool) -> str:
        """Add one encoder layer; `states` is `layerN.attention_input`."""
        prefix, here = f"encoder.encoder.layer.{index}", f"layer{index}"
        context, mask = states, "mask"
        if last:
            states, mask = self._first_tokens(states), self._mask("own_length", output="own_mask")
        parts = [
            self.linear(source, f"{prefix}.attention.self.{part}", output=f"{here}.{part}")
            for part, source in (("query", states), ("key", context), ("value", context))
        ]
        attended = self.add(
            "Attention",
            *parts,
            mask,
            output=f"{here}.attention_output",
            q_num_heads=shape.heads,
            kv_num_heads=shape.heads,
        )
        projected = self.linear(
            attended, f"{prefix}.attention.output.dense", output=f"{here}.projected"
        )
        states = self.add_and_normalize(
            projected,
            states,
            f"{prefix}.attention.output.LayerNorm",
            output=f"{here}.feed_forward_input",
        )
        inner = self.linear(states, f"{prefix}.intermediate.dense", output=f"{here}.inner")
        bent = self.add("Gelu", inner, output=f"{here}.feed_forward_inner", domain=FUSED)
        outer = self.linear(bent, f"{prefix}.output.dense", output=f"{here}.outer")
        return self.add_and_normalize(
            outer,
            states,
            f"{prefix}.output.LayerNorm",
            output="states" if last else f"layer{index + 1}.attention_input",
        )

    def heads(self, states: str) -> None:
        """Average the states of the sentence's own tokens and apply both heads."""
        self._first_tokens("own_tokens")
        self.add("Cast", f"own_tokens{OWN}", output="own", to=TensorProto.FLOAT)
        self.add("Unsqueeze", "own", "middle_axis", output="own_row")
        self.add("MatMul", "own_row", states, output="sum_row")
        self.add("Squeeze", "sum_row", "middle_axis", output="sum")
        self.add("ReduceSum", "own", "middle_axis", output="own_count", keepdims=1)
        self.add("Div", "sum", "own_count", output="pooled")
        for head, output in (("worth", "logits"), ("claim_type", "claim_type_logits")):
            weight = self.constant(f"{head}.weight", self.weights[f"{head}.weight"])
            bias = self.constant(f"{head}.bias", self.weights[f"{head}.bias"])
            self.add("Gemm", "pooled", weight, bias, output=output, transB=1)
        self.constant("worth.columns", self.weights["worth.weight"].T)
        self.add("MatMul", states, "worth.columns", output="token_logits")

    def model(self, exposed: list[str]) -> onnx.ModelProto:
        """Close the graph."""

        def value(name: str, kind: int, *dimensions: str | int) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, kind, dimensions)

        inputs = [
            value(name, TensorProto.INT64, "batch", "length")
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        worth, types = (len(self.weights[f"{head}.bias"]) for head in ("worth", "claim_type"))
        outputs = [
            value("logits", TensorProto.FLOAT, "batch", worth),
            value("claim_type_logits", TensorProto.FLOAT, "batch", types),
            value("token_logits", TensorProto.FLOAT, "batch", "own_length", worth),
            *(
                value(name, TensorProto.FLOAT, "batch", f"{name}.length", "width")
                for name in exposed
            ),
        ]
        nodes, constants = list(self.nodes.values()), list(self.constants.values())
        return helper.make_model(
            helper.make_graph(nodes, "claimwire", inputs, outputs, constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)],
            ir_version=IR_VERSION,
            producer_name="claimwire",
        )

    def _mask(self, queries: str, *, output: str) -> str:
        """Say of each of so many query tokens which tokens it may see: all but padding."""
        self.constant("single", np.array([1], np.int64))
        shape = self.add(
            "Concat", "single", "single", queries, "single", output=f"{output}_shape", axis=0
        )
        return self.add("Expand", "mask_rows", shape, output=output)

    def _own_tokens(self) -> None:
        """Find the sentence's own tokens, and `own_length`: of the row that has most of them."""
        self.constant("middle_axis", np.array([1], np.int64))
        self.add("Sub", "one", "token_type_ids", output="first_segment")
        self.add("Mul", "attention_mask", "first_segment", output="own_tokens")
        self.add("ReduceSum", "own_tokens", "middle_axis", output="own_counts", keepdims=0)
        self.add("ReduceMax", "own_counts", output="own_length", keepdims=1)
        self.constant("first", np.array([0], np.int64))

    def _first_tokens(self, source: str) -> str:
        """Cut (batch, length, ...) to the first `own_length` tokens of each row."""
        return self.add(
            "Slice", source, "first", "own_length", "middle_axis", output=f"{source}{OWN}"
        )
