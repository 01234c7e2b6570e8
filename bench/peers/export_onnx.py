"""SmolLM2-135M's GGUF as ONNX in the layout that transformers.js reads, with the operators that published exports have.

Usage: export_onnx.py GGUF FOLDER. Writes FOLDER/config.json, onnx/model.onnx (the quantised numbers as floats) and onnx/model_q4.onnx (MatMulNBits). Both
are exact: MatMulNBits has no offsets, so what Q4_1 adds to a block is a product with the sums of the input's blocks. As in our engine, logits are
those of the last position, and the last block's MLP is computed there alone; no cache is written. Needs numpy, gguf and onnx.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

BLOCK = 32


class Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self, tensors, packed):
        self.tensors, self.packed = tensors, packed
        self.nodes, self.constants = [], {}

    def add(self, op, inputs, n_outputs=1, domain="", **attributes):
        outputs = [f"{op.lower()}_{len(self.nodes)}_{k}" for k in range(n_outputs)]
        self.nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0] if n_outputs == 1 else outputs

    def constant(self, name, values):
        self.constants[name] = values
        return name

    def ints(self, name, values):
        return self.constant(name, np.array(values, np.int64))

    def linear(self, x, name, turned=0):
        """x `[batch, seq, in]` by the transposed matrix; `turned` heads go back from GGUF's order of a rotary pair to neighbouring halves."""
        tensor = self.tensors[name]
        n_in, n_out = (int(n) for n in tensor.shape)

        def rows(values):
            if not turned:
                return values
            dim = n_out // turned
            return values.reshape(turned, dim // 2, 2, -1).swapaxes(1, 2).reshape(n_out, -1)

        if not self.packed:
            dense = rows(gguf.dequantize(tensor.data, tensor.tensor_type))
            return self.add("MatMul", [x, self.constant(name, np.ascontiguousarray(dense.T))])
        if tensor.tensor_type != gguf.GGMLQuantizationType.Q4_1:
            raise SystemExit(f"{name} must be Q4_1, got {tensor.tensor_type.name}")
        blocks = rows(tensor.data).reshape(n_out, n_in // BLOCK, 4 + BLOCK // 2)
        header = np.ascontiguousarray(blocks[:, :, :4]).view(np.float16).astype(np.float32)
        scale, offset = header[:, :, 0], header[:, :, 1]
        values = np.concatenate([blocks[:, :, 4:] & 15, blocks[:, :, 4:] >> 4], axis=2)
        pairs = values[:, :, 0::2] | values[:, :, 1::2] << 4
        weight, scales = self.constant(name, pairs), self.constant(f"{name}.scale", scale.reshape(-1))
        product = self.add("MatMulNBits", [x, weight, scales], domain="com.microsoft", K=n_in, N=n_out, bits=4, block_size=BLOCK)
        # It takes 8 for zero: what is left of the offset is `offset + 8 scale`.
        left = self.constant(f"{name}.offset", np.ascontiguousarray((offset + 8 * scale).T))
        split = self.ints(f"{name}.blocks", [0, 0, n_in // BLOCK, BLOCK])
        sums = self.add("ReduceSum", [self.add("Reshape", [x, split]), self.constants_axis()], keepdims=0)
        return self.add("Add", [product, self.add("MatMul", [sums, left])])

    def constants_axis(self):
        return self.ints("axis.last", [-1])


def export(reader, packed, path):
    field = lambda name: reader.fields[f"llama.{name}"].contents()
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    d, heads, kv_heads = field("embedding_length"), field("attention.head_count"), field("attention.head_count_kv")
    dim, n_layers, n_positions = d // heads, field("block_count"), 2048
    graph = Graph(tensors, packed)

    def norm(x, name):
        return graph.add("SimplifiedLayerNormalization", [x, gain(name)], axis=-1, epsilon=field("attention.layer_norm_rms_epsilon"), stash_type=1)

    def gain(name):
        return graph.constant(name, np.asarray(tensors[name].data, np.float32))

    def add_norm(x, y, name):
        """x + y after the norm, and as it is."""
        epsilon = field("attention.layer_norm_rms_epsilon")
        inputs = [x, y, gain(name)]
        normed, _, _, total = graph.add("SkipSimplifiedLayerNormalization", inputs, 4, domain="com.microsoft", epsilon=epsilon)
        return normed, total

    def last(x):
        names = [graph.ints(f"last.{key}", [value]) for key, value in (("start", -1), ("end", 2**31), ("axis", 1))]
        return graph.add("Slice", [x, *names])

    table = tensors["token_embd.weight"]
    embedding = graph.constant("token_embd.weight", gguf.dequantize(table.data, table.tensor_type))
    angles = np.arange(n_positions)[:, None] * field("rope.freq_base") ** (-2 * np.arange(dim // 2) / dim)
    cos, sin = graph.constant("cos", np.cos(angles).astype(np.float32)), graph.constant("sin", np.sin(angles).astype(np.float32))
    length = graph.add("ReduceSum", ["attention_mask", graph.ints("axis.seq", [1])], keepdims=0)
    ends = graph.add("Cast", [graph.add("Sub", [length, graph.ints("one", [1])])], to=TensorProto.INT32)
    shape = graph.add("Shape", ["attention_mask"])
    total = graph.add("Cast", [graph.add("Gather", [shape, graph.constant("one.scalar", np.array(1, np.int64))])], to=TensorProto.INT32)

    x = graph.add("Gather", [embedding, "input_ids"])
    h = norm(x, "blk.0.attn_norm.weight")
    for layer in range(n_layers):
        part = lambda name: f"blk.{layer}.{name}.weight"
        q = graph.linear(h, part("attn_q"), heads)
        k, v = graph.linear(h, part("attn_k"), kv_heads), graph.linear(h, part("attn_v"))
        inputs = [q, k, v, "", "", ends, total, cos, sin]
        mixed = graph.add("GroupQueryAttention", inputs, 3, domain="com.microsoft", num_heads=heads, kv_num_heads=kv_heads, do_rotary=1)[0]
        if layer == n_layers - 1:
            x, mixed = last(x), last(mixed)
        h, x = add_norm(x, graph.linear(mixed, part("attn_output")), part("ffn_norm"))
        gate = graph.linear(h, part("ffn_gate"))
        wide = graph.add("Mul", [graph.add("Mul", [gate, graph.add("Sigmoid", [gate])]), graph.linear(h, part("ffn_up"))])
        down = graph.linear(wide, part("ffn_down"))
        h, x = add_norm(x, down, "output_norm.weight" if layer == n_layers - 1 else f"blk.{layer + 1}.attn_norm.weight")
    flat = graph.add("Reshape", [h, graph.ints("flat", [-1, d])])
    head = graph.add("Gemm", [flat, embedding], transB=1)
    graph.nodes.append(helper.make_node("Unsqueeze", [head, graph.ints("axis.answer", [1])], ["logits"]))

    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"]) for name in ("input_ids", "attention_mask")]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1, int(table.shape[1])])
    constants = [numpy_helper.from_array(values, name) for name, values in graph.constants.items()]
    made = helper.make_graph(graph.nodes, "smollm2", ids, [logits], constants)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    save(helper.make_model(made, opset_imports=opsets, ir_version=10), path)
    return {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": int(table.shape[1]), "hidden_size": d, "num_hidden_layers": n_layers,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "intermediate_size": field("feed_forward_length"), "max_position_embeddings": n_positions,
        "rms_norm_eps": field("attention.layer_norm_rms_epsilon"), "rope_theta": field("rope.freq_base"), "bos_token_id": 1, "eos_token_id": 2,
    }


def main(source, folder):
    reader, folder = gguf.GGUFReader(source), Path(folder)
    for packed, name in ((False, "model.onnx"), (True, "model_q4.onnx")):
        config = export(reader, packed, folder / "onnx" / name)
    (folder / "config.json").write_text(json.dumps(config, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
