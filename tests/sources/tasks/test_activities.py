"""Sentences about work without labels, from small files and the publishers' own."""

import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.tasks.activities import read_esco_skills, read_work_activities


def test_activities_of_both_levels_are_read_from_their_folder(tmp_path):
    (tmp_path / "DWA Reference.txt").write_text("Element ID\tIWA ID\tDWA ID\tDWA Title\nE\tI1\tD1\tWeigh fish.\n")
    (tmp_path / "IWA Reference.txt").write_text("Element ID\tIWA ID\tIWA Title\nE\tI1\tMeasure goods.\n")
    for path in (tmp_path, tmp_path / "DWA Reference.txt"):
        table = read_work_activities(path)
        assert table.to_numpy().tolist() == [["D1", "Weigh fish."], ["I1", "Measure goods."]]
    (tmp_path / "IWA Reference.txt").unlink()
    assert len(read_work_activities(tmp_path)) == 1


def test_other_files_are_refused_in_one_line(tmp_path):
    (tmp_path / "DWA Reference.txt").write_text("a\tb\n1\t2\n")
    (tmp_path / "skills.csv").write_text("a,b\n1,2\n")
    for read in (read_work_activities, read_esco_skills):
        with pytest.raises(SourceError) as error:
            read(tmp_path)
        assert "\n" not in str(error.value)
        with pytest.raises(SourceError):
            read(tmp_path / "nowhere")


@pytest.mark.publisher
def test_publishers_files(publisher_data):
    """O*NET 29.1 has 2,087 detailed and 332 intermediate activities; the ESCO table 13,939 skills."""
    table = read_work_activities(publisher_data / "onet_db_29_1_text")
    assert table["sentence_id"].str.count(r"\.").isin([5, 6]).all()
    assert len(table) == 2087 + 332
    excel = read_work_activities(publisher_data / "onet_db_30_1_excel")
    assert set(excel.columns) == {"sentence_id", "task"}
    skills = read_esco_skills(publisher_data / "esco")
    assert len(skills) == 13_939
    assert skills["task"].str.len().between(2, 301).all()
