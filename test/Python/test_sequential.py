"""Where sequential calibration cuts a program into stages."""

import re

import pytest

from quant_mlir.errors import UserError
from quant_mlir.sequential import Scheme, allowed_cuts, expression, parameters, split


def group(*linears, constants=()):
    return {"parameters": [f"{name}.weight" for name in linears], "constants": constants}


def layer(index):
    """The groups of a layer whose second and fourth scale fold into linears."""
    name = f"layers.{index}."
    return [
        group(name + "q", name + "v", constants=[name + "norm.weight"]),
        group(name + "o", constants=[name + "v.weight", name + "v.bias"]),
        group(name + "up"),
        group(name + "down", constants=[name + "up.weight"]),
    ]


GROUPS = [group for index in range(3) for group in layer(index)]


def test_a_stage_never_begins_between_a_linear_and_what_folds_into_it():
    assert allowed_cuts(GROUPS, folds=True) == [2, 4, 6, 8, 10]
    assert allowed_cuts(GROUPS, folds=False) == list(range(1, 12))


def test_linears_that_share_a_weight_are_in_one_stage():
    groups = [group("a"), group("x", "y"), group("b"), group("x"), group("c")]
    assert allowed_cuts(groups, folds=False) == [1, 4]


def test_stages_are_of_about_the_same_length():
    assert [len(part) for part in split(GROUPS, 3, folds=True)] == [4, 4, 4]
    assert [len(part) for part in split(GROUPS, 5, folds=False)] == [2, 3, 2, 3, 2]
    assert sum(split(GROUPS, 5, folds=True), []) == GROUPS
    # There are no more stages than places to begin one.
    assert [len(part) for part in split(GROUPS, 100, folds=True)] == [2] * 6
    assert [len(part) for part in split(GROUPS, 100, folds=False)] == [1] * 12
    assert split(GROUPS[:1], 4, folds=False) == [GROUPS[:1]]


def test_the_expression_finds_other_stages_only():
    others = parameters(GROUPS[:2]) | {"lm_head.weight", "head", "odd}{ name^"}
    own = parameters(GROUPS[2:]) | {"xlayers.0.q.weight", "layers-0-q.weight", "ahead", "heads"}
    found = re.compile(expression(others, own))
    assert all(found.search(name) for name in others)
    assert not any(found.search(name) for name in own)
    assert not set(" \"'{}") & set(found.pattern)
    assert not re.search(expression((), own), "head")


def test_names_that_a_pipeline_cannot_tell_apart():
    with pytest.raises(UserError, match="'w}' and 'w{' cannot be told apart"):
        expression(["w}"], ["w{"])
    with pytest.raises(UserError, match="cannot be told apart"):
        expression(["a b"], ["a.b"])


def test_passes():
    passes = Scheme(awq=True, gptq=False, group_size=64, zero_point=True).passes("x")
    assert passes == [
        "quant-awq{groups=foldable group-size=64 zero-point=true exclude=x}",
        "quant-fold-scales",
        "quant-clip-weights{group-size=64 zero-point=true exclude=x}",
        "quant-quantize{scheme=w4a16 group-size=64 zero-point=true exclude=x}",
    ]
    passes = Scheme(awq=True, gptq=True, group_size=0, zero_point=False).passes("x")
    assert passes[1:] == [
        "quant-fold-scales",
        "quant-gptq{group-size=0 zero-point=false exclude=x}",
    ]
