"""Writes fixtures/blocks.safetensors: blocks of GGUF's quantised types and the numbers that the `gguf` package makes of them (see README.md).

Usage: make_block_fixtures.py               # the fixture
       make_block_fixtures.py MODEL.gguf    # MODEL.gguf.sha256: a hash of every tensor's numbers, for a test with a real file
"""

import hashlib
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize
from safetensors.numpy import save_file

OUT = Path(__file__).parent / "fixtures" / "blocks.safetensors"
SEED = 20261130
# Where the binary16 scales of a block are, and where it has integer scales, which an edge case sets to zero.
LAYOUTS = {
    Kind.Q5_0: ([0], None),
    Kind.Q5_1: ([0, 2], None),
    Kind.Q2_K: ([80, 82], (0, 16)),
    Kind.Q3_K: ([108], (96, 108)),
    Kind.Q4_K: ([0, 2], (4, 16)),
    Kind.Q5_K: ([0, 2], (4, 16)),
    Kind.Q6_K: ([208], (192, 208)),
    Kind.Q8_K: ([], None),
    Kind.IQ4_NL: ([0], None),
}


def blocks(kind, rng):
    """Random bits with sane scales, then edges: scale 0, scale -0, the smallest and the largest binary16, all bits set, no bit set, integer scales 0."""
    n_bytes = gguf.GGML_QUANT_SIZES[kind][1]
    halves, small = LAYOUTS[kind]

    def block(fill=None, scale=None):
        out = rng.integers(0, 256, n_bytes, np.uint8) if fill is None else np.full(n_bytes, fill, np.uint8)
        for at in halves:
            value = rng.normal() * 0.02 if scale is None else scale
            out[at:at + 2] = np.frombuffer(np.float16(value).tobytes(), np.uint8)
        if kind == Kind.Q8_K:
            value = rng.normal() * 0.02 if scale is None else scale
            out[:4] = np.frombuffer(np.float32(value).tobytes(), np.uint8)
        return out

    out = [block() for _ in range(3)]
    out += [block(scale=value) for value in (0.0, -0.0, 2.0**-24, 65504.0)]
    out += [block(0xFF, -0.37), block(0, 0.37)]
    if small:
        flat = block(scale=-1.5)
        flat[slice(*small)] = 0
        out.append(flat)
    return np.stack(out)


def unpacked(raw, kind):
    """The numbers of blocks. The package does not unpack Q8_K, which ggml defines as d · q."""
    if kind == Kind.Q8_K:
        return raw[:, :4].copy().view(np.float32) * raw[:, 4:260].view(np.int8).astype(np.float32)
    return dequantize(raw, kind)


def fixture():
    rng = np.random.default_rng(SEED)
    tensors = {}
    for kind in LAYOUTS:
        raw = blocks(kind, rng)
        values = unpacked(raw, kind)
        assert values.dtype == np.float32 and np.isfinite(values).all(), kind
        assert values.shape == (len(raw), gguf.GGML_QUANT_SIZES[kind][0]), kind
        tensors |= {f"{kind.name}.blocks": raw, f"{kind.name}.values": np.ascontiguousarray(values)}
    save_file(tensors, OUT, {"seed": str(SEED)})
    print(OUT, OUT.stat().st_size)


def hashes(path):
    lines = []
    for tensor in sorted(gguf.GGUFReader(path).tensors, key=lambda tensor: tensor.name):
        values = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type), np.float32)
        lines.append(f"{tensor.name} {tensor.tensor_type.name} {hashlib.sha256(values.tobytes()).hexdigest()}\n")
    Path(f"{path}.sha256").write_text("".join(lines))
    print(f"{path}.sha256", len(lines))


if __name__ == "__main__":
    hashes(sys.argv[1]) if len(sys.argv) > 1 else fixture()
