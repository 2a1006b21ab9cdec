"""Tables that travel with the package, made again: the same bytes from the publishers' files, nothing without them."""

from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources.rebuild import rebuild_data


@pytest.mark.publisher
def test_rebuilt_tables_are_those_of_the_package(publisher_data: Path, tmp_path: Path, data_home: Path) -> None:
    """BLS projections 2024-34, O*NET 30.1, CPS table 11 of 2022, and every index whose licence lets its figures travel."""
    rebuilt = rebuild_data(tmp_path, data=publisher_data)
    assert len(rebuilt) == 7
    for table in rebuilt:
        shipped = packaged("data", *table.path.relative_to(tmp_path).parts)
        if table.path.suffix == ".csv":
            assert table.path.read_bytes() == shipped.read_bytes()
        else:
            pd.testing.assert_frame_equal(pd.read_parquet(table.path), pd.read_parquet(shipped), check_dtype=False)
        assert table.same, table.name


def test_nothing_is_written_without_the_files(tmp_path: Path, data_home: Path) -> None:
    with pytest.raises(SourceError, match=r"occ_level.csv\*"):
        rebuild_data(tmp_path / "out", data=tmp_path, only=["indices"])
    with pytest.raises(SourceError, match="jobimpact sources pull onet"):
        rebuild_data(tmp_path / "out", only=["job_zones"])
    with pytest.raises(InputError, match="expected one of entry_education, job_zones"):
        rebuild_data(tmp_path / "out", only=["wages"])
    assert not (tmp_path / "out").exists()
