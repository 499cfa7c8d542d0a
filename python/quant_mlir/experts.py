"""Mixtures of experts in a form that can be exported.

transformers stacks the experts' weights into tensors of three dimensions and
runs each expert on the tokens that are routed to it, which no static graph
expresses. Here every expert has linears of its own and runs on every token; its
result is weighted with 0 where it was not chosen. Needs the import extras.
"""

import torch


class _Expert(torch.nn.Module):
    """One expert: `activate` stands between its two linears."""

    def __init__(self, up_name, up, down, activate):
        super().__init__()
        self.up_name = up_name
        self.add_module(up_name, up)
        self.down_proj = down
        self.activate = activate

    def forward(self, hidden_states):
        up = getattr(self, self.up_name)
        return self.down_proj(self.activate(up(hidden_states)))


class DenseExperts(torch.nn.ModuleList):
    """Takes the place of a module of stacked experts of transformers."""

    def __init__(self, stacked):
        # What is computed between the linears stays the module's own method; a
        # bound method does not register the module's parameters a second time.
        activate = stacked._apply_gate if stacked.has_gate else stacked.act_fn
        up_name = "gate_up_proj" if stacked.has_gate else "up_proj"

        def linear(name, number):
            weight = getattr(stacked, name).detach()[number]
            bias = None
            if stacked.has_bias:
                bias = getattr(stacked, f"{name}_bias").detach()[number]
            return _make_linear(weight.T if stacked.is_transposed else weight, bias)

        super().__init__(
            _Expert(up_name, linear(up_name, n), linear("down_proj", n), activate)
            for n in range(stacked.num_experts)
        )

    def forward(self, hidden_states, top_k_index, top_k_weights):
        result = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self):
            chosen = torch.where(top_k_index == number, top_k_weights, 0)
            result += chosen.sum(-1, keepdim=True) * expert(hidden_states)
        return result


def _make_linear(weight, bias):
    rows, columns = weight.shape
    linear = torch.nn.Linear(columns, rows, bias is not None, device="meta")
    linear.weight = torch.nn.Parameter(weight.contiguous())
    if bias is not None:
        linear.bias = torch.nn.Parameter(bias.clone())
    return linear


def is_stacked(module):
    """Whether `module` follows the interface of transformers' experts."""
    return hasattr(module, "_apply_gate") and hasattr(module, "is_transposed")


def unstack_experts(network):
    """Replaces every module of stacked experts in `network`; returns `network`."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if is_stacked(child):
                setattr(parent, name, DenseExperts(child))
    return network
