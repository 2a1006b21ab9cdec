"""The trained heads on disk, with the model card that says what they are."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from jobimpact.files import written_whole

if TYPE_CHECKING:
    from pathlib import Path

    from jobimpact.exposure.training import TrainedHeads

_INTENDED = """\
Scores say how a rater with the rubric of Eloundou et al. would label a task: whether a language model could halve the time it
takes, alone (E1) or with software built on it (E2). They do not say that a job will be lost, that anybody uses such a model, or
when. The raters judged American task statements in English in 2023; other languages and much later tools are outside what
was learnt.
"""


_ENCODER = {
    "tuned": "all-MiniLM-L6-v2 with a low-rank adapter trained together with the heads; weights and adapter have",
    "frozen": "The encoder as published; its weights have",
}
_COMPARED = {"this model": "", "kernel ridge on the encoder as published": "reference_", "GPT-4's own labels": "gpt4_"}


def write_model(trained: TrainedHeads, folder: Path, adapter: Path | None = None) -> None:
    """Write ``rubric.npz``, ``model_card.json``, ``model_card.md`` and a copy of `adapter` into `folder`.

    An adapter that is there and does not belong to the new heads is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    if adapter is not None:
        shutil.copytree(adapter, folder / "adapter")
    with written_whole(folder / "rubric.npz") as path:
        trained.heads.save(path)
    with written_whole(folder / "model_card.json") as path:
        path.write_text(json.dumps(trained.card, indent=2) + "\n", encoding="utf-8")
    with written_whole(folder / "model_card.md") as path:
        path.write_text(model_card(trained.card), encoding="utf-8")


def _coverage(total: dict[str, Any]) -> str:
    if "coverage" not in total:
        return ""
    return f"On the test occupations it covers {100 * total['coverage']:.1f} % of labels; mean width {total['mean_width']:.3f}."


def model_card(card: dict[str, Any]) -> str:
    """Return the model card as Markdown."""
    total = card["figures"][-1]
    rows = "\n".join(
        f"| {name} | {total[f'{prefix}task_r']:.3f} | {total[f'{prefix}occupation_r']:.3f} |"
        for name, prefix in _COMPARED.items()
    )
    settings = ", ".join(f"{name} {value}" for name, value in card.get("tuning", card["settings"]).items())
    return f"""\
# Model card: exposure by rubric

Heads on sentence vectors of task texts, one per rater, trained together.

**Data.** {card["data"]["source"]}. {card["data"]["n_tasks"]:,} labelled tasks of {card["data"]["n_soc_codes"]} SOC codes.

**Encoder.** {_ENCODER["tuned" if "tuning" in card else "frozen"]} SHA-256 `{card["encoder_hash"]}`.

**Split.** {card["split"]}.

**Agreement with human beta on occupations that were held out** (Pearson correlation; occupations are O*NET-SOC codes, Core
tasks weigh 2; {total["n_tasks"]:,} tasks, {total["n_occupations"]} occupations)

| | tasks | occupations |
|---|---|---|
{rows}

Most probable label equals the human one: {100 * total["accuracy"]:.1f} % of tasks.
Cross-entropy: {total["cross_entropy"]:.3f} nats.
GPT-4 head against GPT-4's labels: task correlation {total["gpt4_head_task_r"]:.3f}.

**Interval.** Split conformal, 90 %, calibrated on held-out predictions (quantile {card["interval_quantile"]:.3f}).
{_coverage(total)}

**Settings.** {settings}.

**What the scores mean and do not mean.** {_INTENDED}"""
