"""Figures that travel with the package: codes and scores only, as the publishers' files have them."""

from pathlib import Path
from typing import get_args

import pytest

from jobimpact.errors import SourceError
from jobimpact.facts.registry import find_source, load_function
from jobimpact.paths import packaged
from jobimpact.sources.indices.packaged import read_packaged_indices
from jobimpact.sources.indices.read import ISCO_08, SOC_2010, SOC_2018, Codes, published_indices


def test_every_voice_has_a_source_with_a_licence_and_a_reader() -> None:
    for voice in published_indices().values():
        assert find_source(voice.source).licence
        assert voice.reader is None or callable(load_function(voice.reader))
        assert voice.note.endswith(".")
        assert voice.codes in get_args(Codes)
        assert voice.classification in {SOC_2010, SOC_2018, ISCO_08}


def test_only_figures_whose_licence_allows_it_travel() -> None:
    """MIT, CC BY or public domain; a source without a licence is added by the user."""
    for voice in published_indices().values():
        licence = find_source(voice.source).licence
        assert voice.packaged == licence.startswith(("MIT", "CC BY")), voice.name


def test_codes_and_scores_only() -> None:
    figures = read_packaged_indices()
    assert figures["voice"].unique().tolist() == [voice.name for voice in published_indices().values() if voice.packaged]
    assert figures["title"].isna().all()
    assert sum(path.stat().st_size for path in packaged("data", "indices").iterdir()) < 200_000


def test_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "indices.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match=r"is damaged .*install the package again"):
        read_packaged_indices(tmp_path / "indices.parquet")
