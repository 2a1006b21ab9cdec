"""The `jobimpact compare` command: a study beside published indices."""

from pathlib import Path
from typing import Literal

from jobimpact.cli.options import check_out, show


def compare(
    study: Path,
    json_: bool = False,
    out: Path | None = None,
    measure: Literal["alpha", "beta", "gamma", "automation"] = "beta",
    n: int | None = None,
    data: Path | None = None,
) -> None:
    """Set a study's exposure beside published indices, and these beside each other."""
    from jobimpact.validation.compare.compare import compare as compare_study

    check_out(out)
    show(compare_study(study, measure=measure, n=n, data=data, progress=not json_), out, as_json=json_)
