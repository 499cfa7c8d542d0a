"""PyTorch models as weightless linalg IR, by torch-mlir.

The IR declares each weight as an external `ml_program.global` of the
parameter's name, and the values go to a safetensors file. Needs the import
extras (tools/setup --import).
"""

import math
import re
from functools import partial
from pathlib import Path

import torch
from torch_mlir import fx, ir, passmanager
from torch_mlir.dialects import torch as torch_dialect
from torch_mlir.extras.fx_decomp_util import get_decomposition_table
from torch_mlir.extras.fx_importer import (
    TORCH_DTYPE_TO_MLIR_TYPE,
    FxImporter,
    FxImporterHooks,
)

from quant_mlir.errors import UserError
from quant_mlir.files import Tensor, write_safetensors, write_text
from quant_mlir.torch_models import load_model, quiet

# Tensors up to this size that are no parameters (frequencies of rotary
# embeddings, position ids) stand in the text.
MAX_LITERAL_BYTES = 64 * 1024


def import_model(model, directory, *, result, sequence, batch=1, report=None):
    """Writes a model's IR and weights into `directory`; returns their paths.

    `batch` None leaves the batch dynamic. `report` is told each step's name.
    """
    report = report or (lambda step: None)
    report("loading")
    wrapper = load_model(model, result)
    report("exporting and lowering")
    text, weights = import_module(wrapper, sequence, batch)
    report("writing")
    tensors = [
        Tensor(name, "F32", tuple(value.shape), partial(_to_numpy, value))
        for name, value in weights.items()
    ]
    name = model.name.replace("-", "_").lower()
    stem = f"{name}_{result}_b{batch or 'dynamic'}_s{sequence}"
    paths = Path(directory, f"{stem}.mlir"), Path(directory, f"{stem}.safetensors")
    write_safetensors(paths[1], tensors, {"model": model.name})
    write_text(paths[0], text)
    return paths


def _to_numpy(value):
    return value.detach().numpy()


def import_module(wrapper, sequence, batch=1):
    """Lowers a wrapped model of tokens; returns the IR's text and its weights by
    name."""
    # One tensor for each: two uses of one tensor would become one argument.
    shape = batch or 2, sequence
    arguments = [torch.ones(shape, dtype=torch.int64) for _ in wrapper.inputs]
    shapes = None
    if batch is None:
        dimension = torch.export.Dim("batch")
        shapes = {name: {0: dimension} for name in wrapper.inputs}
    return lower(wrapper, arguments, shapes)


def lower(wrapper, arguments, shapes=None):
    """Lowers a wrapped model for example arguments, as `import_module` does."""
    context, diagnostics = _context()
    hooks = _WeightHooks(wrapper.network)
    try:
        with quiet(), torch.no_grad():
            module = fx.export_and_import(
                wrapper,
                *arguments,
                output_type="linalg-on-tensors",
                fx_importer=FxImporter(context=context, hooks=hooks),
                # The only path on which hooks see parameters.
                experimental_support_mutation=True,
                decomposition_table=_decompositions(),
                dynamic_shapes=shapes,
            )
    except Exception as error:  # each stage raises types of its own
        lines = [*diagnostics, *str(error).splitlines(), repr(error)]
        reason = next(filter(None, map(str.strip, lines)))
        raise UserError(
            f"torch-mlir cannot import {type(wrapper.network).__name__}: {reason[:300]}"
        ) from error
    text = module.operation.get_asm()
    # torch-mlir's own dialects, for what linalg cannot express.
    if foreign := re.search(r"\b(?:tm_tensor|torch)\.[a-z_.]+", text):
        raise UserError(
            f"{type(wrapper.network).__name__} needs {foreign.group()}, which "
            "upstream MLIR does not have"
        )
    return text, hooks.weights


def _context():
    """A context with the dialects that the weights' globals and casts need.

    Returns it with the list that collects its diagnostics.
    """
    context = ir.Context()
    diagnostics = []
    context.attach_diagnostic_handler(
        lambda diagnostic: diagnostics.append(diagnostic.message) or True
    )
    torch_dialect.register_dialect(context)
    with context, ir.Location.unknown():
        # No Python call loads torch_c; a pass that depends on it does.
        pipeline = "builtin.module(torch-func-backend-type-conversion)"
        passmanager.PassManager.parse(pipeline).run(ir.Module.create().operation)
    return context, diagnostics


class _WeightHooks(FxImporterHooks):
    """Turns parameters into external globals and small tensors into text."""

    def __init__(self, network):
        # Tied parameters share an address: the first name stands for all.
        self.parameters = {}
        for name, value in network.named_parameters(remove_duplicate=False):
            self.parameters.setdefault(value.data_ptr(), name)
        self.weights = {}
        self.last_global = None

    def prepare_module(self, module_op):
        self.block = module_op.regions[0].blocks[0]

    def resolve_input(self, gni, value, info):
        name = self.parameters.get(value.data_ptr())
        is_large = value.numel() * value.element_size() > MAX_LITERAL_BYTES
        with info.ir_type.context, ir.Location.unknown():
            if name is None and not is_large:
                return self._literal(value, info.ir_type)
            if value.dtype == torch.float32:
                name = name or info.input_spec.target.removeprefix("network.")
                return self._load(name, value, info.ir_type)
        return None

    def _load(self, name, value, type):
        builtin = ir.RankedTensorType.get(list(value.shape), ir.F32Type.get())
        if name not in self.weights:
            self.weights[name] = value
            self._declare(name, builtin)
        load = ir.Operation.create(
            "ml_program.global_load_const",
            results=[builtin],
            attributes={"global": ir.FlatSymbolRefAttr.get(name)},
        )
        return ir.Operation.create(
            "torch_c.from_builtin_tensor", results=[type], operands=[load.result]
        ).result

    def _declare(self, name, type):
        declaration = ir.Operation.parse(
            f'ml_program.global private @"{name}"'
            f"(#ml_program.extern : {type}) : {type}"
        )
        ir.InsertionPoint.at_block_begin(self.block).insert(declaration)
        if self.last_global:
            declaration.move_after(self.last_global)
        self.last_global = declaration

    @staticmethod
    def _literal(value, type):
        attribute = ir.DenseElementsAttr.get(
            _to_numpy(value.contiguous()),
            type=TORCH_DTYPE_TO_MLIR_TYPE[value.dtype](),
            shape=list(value.shape),
        )
        return ir.Operation.create(
            "torch.vtensor.literal", results=[type], attributes={"value": attribute}
        ).result


def _decompositions():
    """torch-mlir's table, changed where upstream MLIR or the numbers ask for it."""
    # Decomposed by PyTorch, LayerNorm computes in f64; torch-mlir's own lowering
    # stays in f32.
    kept = (torch.ops.aten.native_layer_norm, torch.ops.aten.layer_norm)
    table = {
        op: function
        for op, function in get_decomposition_table().items()
        if op._overloadpacket not in kept
    }
    table[torch.ops.aten.gelu.default] = _gelu
    table[torch.ops.aten.cumsum.default] = _cumsum
    table[torch.ops.aten.topk.default] = _topk
    table[torch.ops.aten.scatter.value] = _scatter_value
    return table


def _cumsum(x, dim, *, dtype=None):
    # torch-mlir lowers it to a scan of its own dialect. The sums here are of
    # positions in a mask: exact and short.
    is_integer = not x.is_floating_point()
    x = x.to(dtype or (torch.int64 if is_integer else x.dtype)).movedim(dim, -1)
    index = torch.arange(x.shape[-1])
    terms = torch.where(index[:, None] >= index, x.unsqueeze(-2), 0)
    return terms.sum(-1).movedim(-1, dim)


def _topk(x, k, dim=-1, largest=True, sorted=True):
    # torch-mlir lowers it to a sort of its own dialect. An element's rank is the
    # number of elements before it in the sorted order, earlier ones first among
    # equals; experts are few.
    x = x.movedim(dim, -1)
    index = torch.arange(x.shape[-1])
    mine, other = x.unsqueeze(-1), x.unsqueeze(-2)
    before = other > mine if largest else other < mine
    before = before | ((other == mine) & (index < index[:, None]))
    rank = before.to(torch.int64).sum(-1)
    chosen = rank.unsqueeze(-2) == torch.arange(k)[:, None]
    values = torch.where(chosen, x.unsqueeze(-2), 0).sum(-1)
    indices = torch.where(chosen, index, 0).sum(-1)
    return values.movedim(-1, dim), indices.movedim(-1, dim)


def _scatter_value(x, dim, index, value, **_):
    # torch-mlir lowers it to a scatter of its own dialect. Here it marks chosen
    # groups of experts.
    rows, places = x.movedim(dim, -1), index.movedim(dim, -1)
    if rows.shape[:-1] != places.shape[:-1]:
        return NotImplemented
    hits = places.unsqueeze(-1) == torch.arange(rows.shape[-1])
    written = hits.to(torch.int64).sum(-2) > 0
    return torch.where(written, value, rows).movedim(-1, dim)


def _gelu(x, approximate="none"):
    # torch-mlir lowers the tanh form with 0.797724 for sqrt(2 / pi).
    if approximate != "tanh":
        return NotImplemented
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    return 0.5 * x * (1.0 + torch.tanh(inner))
