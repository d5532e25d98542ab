"""Graphs of small encoders as torch.onnx exports them, without their weights: those are in the folders of shared/models/hf-tiny.

    python make.py HF_TINY OUT_DIR [SUFFIX]

Needs torch, transformers (4.36 and 5.x write different graphs) and onnx. Weights stay as they are published ([out][in], behind
a Transpose, as constant folding is off), so that the graph can name places in model.safetensors as its external data.
"""
import gzip
import json
import os
import struct
import sys

import onnx
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel

SOURCE, OUT, SUFFIX = sys.argv[1], sys.argv[2], sys.argv[3]


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
    model = AutoModel.from_config(AutoConfig.from_pretrained(folder)).eval()
    model.load_state_dict(load_file(weights), strict=False)
    ids = torch.tensor([[5, 17, 9, 20, 33], [7, 8, 9, 10, 11]])
    mask = torch.ones_like(ids)
    mask[1, 3:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if family == "bert":
        inputs["token_type_ids"] = torch.zeros_like(ids)
    axes = {name: {0: "batch", 1: "sequence"} for name in [*inputs, "last_hidden_state"]}
    target = os.path.join(OUT, "graph.onnx")
    torch.onnx.export(Encoder(model, list(inputs)).eval(), tuple(inputs.values()), target, input_names=list(inputs),
                      output_names=["last_hidden_state"], opset_version=14, dynamic_axes=axes, dynamo=False,
                      do_constant_folding=False)
    graph = onnx.load(target)
    known = places(weights)
    for tensor in graph.graph.initializer:
        name = tensor.name.removeprefix("model.")
        if name in known:
            offset, length = known[name]
            assert length == 4 * len(onnx.numpy_helper.to_array(tensor).ravel())
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, value in [("location", "model.safetensors"), ("offset", offset), ("length", length)]:
                entry = tensor.external_data.add()
                entry.key = key
                entry.value = str(value)
    os.remove(target)
    with gzip.GzipFile(os.path.join(OUT, f"{family}-{SUFFIX}.onnx.gz"), "wb", mtime=0) as stream:
        stream.write(graph.SerializeToString())
    print(family, [t.name for t in graph.graph.initializer if not t.external_data])
