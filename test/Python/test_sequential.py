"""Where sequential calibration cuts a program into stages."""

import re

from quant_mlir.sequential import Scheme, allowed_cuts, expression, split


def layer(index):
    """The groups of a layer whose second and fourth scale fold into linears."""
    name = f"layers.{index}."
    return [
        {"linears": [name + "q", name + "v"], "constants": [name + "norm.weight"]},
        {"linears": [name + "o"], "constants": [name + "v.weight", name + "v.bias"]},
        {"linears": [name + "up"]},
        {"linears": [name + "down"], "constants": [name + "up.weight"]},
    ]


GROUPS = [group for index in range(3) for group in layer(index)]


def test_a_stage_never_begins_between_a_linear_and_what_folds_into_it():
    assert allowed_cuts(GROUPS) == [2, 4, 6, 8, 10]


def test_stages_are_of_about_the_same_length():
    assert [len(part) for part in split(GROUPS, 3, folds=True)] == [4, 4, 4]
    assert [len(part) for part in split(GROUPS, 5, folds=False)] == [2, 3, 2, 3, 2]
    assert sum(split(GROUPS, 5, folds=True), []) == GROUPS
    # There are no more stages than places to begin one.
    assert [len(part) for part in split(GROUPS, 100, folds=True)] == [2] * 6
    assert [len(part) for part in split(GROUPS, 100, folds=False)] == [1] * 12
    assert split(GROUPS[:1], 4, folds=False) == [GROUPS[:1]]


def test_the_expression_finds_other_stages_only():
    found = re.compile(expression(GROUPS[:2]))
    for name in ("layers.0.q.weight", "layers.0.o.weight", "lm_head.weight"):
        assert found.search(name)
    for name in ("layers.0.up.weight", "layers.1.q.weight", "xlayers.0.q.weight", "layers-0-q.weight"):
        assert not found.search(name)


def test_passes():
    passes = Scheme(awq=True, gptq=False, group_size=64, zero_point=True).passes("x")
    assert passes == [
        "quant-awq{group-size=64 zero-point=true groups=foldable}",
        "quant-fold-scales",
        "quant-clip-weights{group-size=64 zero-point=true}",
        "quant-quantize{scheme=w4a16 group-size=64 zero-point=true exclude=x}",
    ]
    passes = Scheme(awq=True, gptq=True, group_size=0, zero_point=False).passes("x")
    assert passes[1:] == ["quant-fold-scales", "quant-gptq{group-size=0 zero-point=false}"]
