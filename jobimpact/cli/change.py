"""The `jobimpact change` command: why a number differs between two studies."""

from pathlib import Path

from jobimpact.cli.options import show


def change(
    before: Path,
    after: Path,
    estimate: str = "mean:beta",
    estimate_after: str | None = None,
    employment_before: Path | None = None,
    employment_after: Path | None = None,
    json_: bool = False,
) -> None:
    """Say why a number changed: tasks, employment, scores, weights or definition, in parts that add up."""
    from jobimpact.estimates.change.change import change as explain_change

    result = explain_change(
        before,
        after,
        estimate=estimate,
        estimate_after=estimate_after,
        employment_before=employment_before,
        employment_after=employment_after,
    )
    show(result, as_json=json_)
