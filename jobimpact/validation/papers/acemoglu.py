"""Acemoglu, The Simple Macroeconomics of AI, Economic Policy 40(121), 2025, 13-58, doi:10.1093/epolic/eiae042."""

from typing import Final

from jobimpact.assumptions import assumption
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.papers.figure import Figure

_QUOTED: Final = "from inputs that are quoted in data/replications.toml, not from a file of the paper"


def affected_tasks(inputs: Inputs) -> Figure:  # noqa: ARG001 - all figures are called alike
    """Return the share of tasks that pay within ten years: exposed tasks times the profitable part of them."""
    return Figure(_affected(), 2, "inputs", (), note=_QUOTED)


def tfp_gain(inputs: Inputs, *, hard: bool) -> Figure:  # noqa: ARG001 - all figures are called alike
    """Return the gain in total factor productivity over ten years, by Hulten's theorem.

    Affected tasks times the saving in their overall cost; with `hard`, tasks that are hard to learn save a
    fraction of it.
    """
    gain = _affected() * _input("acemoglu_saving")
    if not hard:
        return Figure(gain, 3, "inputs", (), note=_QUOTED)
    easy, fraction = _input("acemoglu_easy"), _input("acemoglu_hard_saving")
    return Figure(gain * (easy + (1 - easy) * fraction), 5, "inputs", (), note=_QUOTED)


def _affected() -> float:
    return _input("acemoglu_exposed") * _input("acemoglu_profitable")


def _input(name: str) -> float:
    value: float = assumption("replications", name)
    return value
