"""Graphs of small encoders as torch.onnx exports them, without their weights: those are in the folders of shared/models/hf-tiny.

    python make.py HF_TINY OUT_DIR SUFFIX

Needs torch, transformers (4.36, 4.53 and 5.x write different graphs) and onnx; with the SUFFIX "dynamo" the newer exporter of torch, with
attention written out; with "sdpa" and "opset23" the same with torch's own attention, in operations and as one. The graph names places in model.safetensors as its external data; weights that the exporter has
transposed are what is there behind a Transpose. mpnet-int8 is one of version 5 with its weights behind onnxruntime's
quantize_dynamic(..., per_channel=True, weight_type=QuantType.QInt8).
"""
import gzip
import json
import os
import struct
import sys

import numpy as np
import onnx
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel

SOURCE, OUT, SUFFIX = sys.argv[1], sys.argv[2], sys.argv[3]
DYNAMO = SUFFIX in ("dynamo", "sdpa", "opset23")


class Encoder(torch.nn.Module):
    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs))).last_hidden_state


def places(file):
    """Where the tensors are in a safetensors file."""
    with open(file, "rb") as stream:
        length = struct.unpack("<Q", stream.read(8))[0]
        header = json.loads(stream.read(length))
    return {name: (8 + length + t["data_offsets"][0], t["data_offsets"][1] - t["data_offsets"][0])
            for name, t in header.items() if name != "__metadata__"}


for family in ["bert", "roberta", "xlm-roberta", "distilbert", "mpnet"]:
    folder = os.path.join(SOURCE, family)
    weights = os.path.join(folder, "model.safetensors")
    config = AutoConfig.from_pretrained(folder)
    if SUFFIX == "dynamo":
        config._attn_implementation = "eager"
    model = AutoModel.from_config(config).eval()
    model.load_state_dict(load_file(weights), strict=False)
    ids = torch.tensor([[5, 17, 9, 20, 33], [7, 8, 9, 10, 11]])
    mask = torch.ones_like(ids)
    mask[1, 3:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if family == "bert":
        inputs["token_type_ids"] = torch.zeros_like(ids)
    axes = {name: {0: "batch", 1: "sequence"} for name in [*inputs, "last_hidden_state"]}
    target = os.path.join(OUT, "graph.onnx")
    exported = (Encoder(model, list(inputs)).eval(), tuple(inputs.values()), target)
    names = {"input_names": list(inputs), "output_names": ["last_hidden_state"]}
    if DYNAMO:
        shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=64)}
        torch.onnx.export(*exported, **names, opset_version=23 if SUFFIX == "opset23" else 18,
                          dynamic_shapes=[tuple(shape for _ in inputs)],
                          external_data=False, dynamo=True)
    else:
        torch.onnx.export(*exported, **names, opset_version=14, dynamic_axes=axes, dynamo=False,
                          do_constant_folding=False)
    graph = onnx.load(target)
    for node in graph.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    graph.graph.ClearField("metadata_props")
    graph.graph.ClearField("value_info")
    known = places(weights)
    published = load_file(weights)
    transposes = []
    for tensor in graph.graph.initializer:
        name = tensor.name.removeprefix("model.")
        array = onnx.numpy_helper.to_array(tensor)
        if name not in known and array.ndim == 2:
            name = next((n for n, w in published.items() if np.array_equal(w.numpy().T, array)), name)
            if name in known:
                transposes.append(onnx.helper.make_node("Transpose", [tensor.name + ".stored"], [tensor.name],
                                                        perm=[1, 0]))
                tensor.name += ".stored"
                tensor.dims[:] = reversed(tensor.dims)
        if name in known:
            offset, length = known[name]
            assert length == array.nbytes
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, value in [("location", "model.safetensors"), ("offset", offset), ("length", length)]:
                entry = tensor.external_data.add()
                entry.key = key
                entry.value = str(value)
    for node in transposes:
        graph.graph.node.insert(0, node)
    os.remove(target)
    with gzip.GzipFile(os.path.join(OUT, f"{family}-{SUFFIX}.onnx.gz"), "wb", mtime=0) as stream:
        stream.write(graph.SerializeToString())
    print(family, sum(len(t.raw_data) for t in graph.graph.initializer), "bytes of constants")
