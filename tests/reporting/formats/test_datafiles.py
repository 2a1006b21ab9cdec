"""CSV and Stata files of a whole document, in folders, archives and single files."""

import csv
import dataclasses
import io
import string
import zipfile

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.formats.archive import file_stems
from jobimpact.reporting.formats.codebook import make_codebook, read_exports
from jobimpact.reporting.formats.datafiles import csv_files, csv_text, write_csv, write_dta
from jobimpact.reporting.formats.escaping import markdown_line
from jobimpact.reporting.formats.stata import stata_names


@pytest.fixture(scope="module")
def document(small_document, study):
    return dataclasses.replace(small_document, tables=study.tables, claims=study["claims"])


@pytest.fixture(scope="module")
def folder(document, tmp_path_factory):
    return write_csv(document, tmp_path_factory.mktemp("csv") / "data")


def test_one_file_per_table_with_codebook_and_readme(folder, document):
    names = {path.name for path in folder.iterdir()}
    assert names == {*(f"{name}.csv" for name in document.tables), "dictionary.csv", "README.md"}


@pytest.mark.parametrize("name", ["tasks", "occupations", "sectors", "areas", "groups", "claims"])
def test_tables_are_read_back_with_the_types_of_the_codebook(folder, study, name):
    codebook = pd.read_csv(folder / "dictionary.csv", keep_default_na=False)
    rows = codebook[codebook["file"] == f"{name}.csv"]
    table = study[name] if name in ("tasks", "claims") else getattr(study, name)
    assert rows["column"].tolist() == table.columns.tolist()
    read = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    for column, kind in zip(rows["column"], rows["type"], strict=True):
        known = table[column].notna().to_numpy()
        parse = {"str": str, "bool": {"True": True, "False": False}.get}.get(kind, float)
        assert [parse(cell) for cell in read[column][known]] == table[column][known].tolist()
        assert (read[column][~known] == "").all()


def test_files_are_utf8_with_lf_and_no_mark(folder):
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        content.decode("utf-8")


def test_readme_says_how_to_read_and_what_the_licences_are(folder, study):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"| areas.csv | {len(study['areas'])} | 28 | States and territories of a study |" in text
    assert 'dtype={"area": str}' in text
    assert "It is never zero." in text
    assert "US public domain" in text


def test_hostile_texts_stay_text(small_document, documents):
    files = csv_files(small_document)
    rows = list(csv.reader(io.StringIO(files["tasks.csv"].decode(), newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{text}" if text.startswith("=") else text for text in documents.HOSTILE]
    titles = [row[1] for row in csv.reader(io.StringIO(files["sectors.csv"].decode()))]
    assert titles[2] == documents.HOSTILE[0]
    readme = files["README.md"].decode()
    assert "<script>" not in readme.replace("\\<script\\>", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_a_formula(text):
    content = csv_text(pd.DataFrame({text: [text, "plain"], "n": [-1.5, 2.0]}))
    name, cell = (row[0] for row in list(csv.reader(io.StringIO(content.decode(), newline="")))[:2])
    assert name == cell == f"'{text}"
    assert b"-1.5" in content


def test_zip_is_the_folder_and_the_same_bytes_each_time(document, folder, tmp_path):
    first = write_csv(document, tmp_path / "a.zip")
    assert first.read_bytes() == write_csv(document, tmp_path / "b.ZIP").read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }
        assert archive.namelist() == sorted(archive.namelist())


def test_a_single_file_is_the_main_table_and_the_others_stand_beside(document, folder, tmp_path):
    path = write_csv(document, tmp_path / "report.csv")
    assert path.read_bytes() == (folder / "occupations.csv").read_bytes()
    assert (tmp_path / "report-areas.csv").read_bytes() == (folder / "areas.csv").read_bytes()
    codebook = pd.read_csv(tmp_path / "report-csv-dictionary.csv")
    assert set(codebook["file"]) == {path.name for path in tmp_path.glob("*.csv")} - {"report-csv-dictionary.csv"}
    readme = (tmp_path / "report-csv-README.md").read_text(encoding="utf-8")
    assert "| report.csv |" in readme
    assert "`report-csv-dictionary.csv` describes every column" in readme
    assert "takes codes such as 11-2011 for dates" in readme
    sector = dataclasses.replace(document, report_type="sector")
    assert write_csv(sector, tmp_path / "sector.csv").read_bytes() == (folder / "sectors.csv").read_bytes()


def test_an_older_folder_is_replaced_and_another_is_left(document, small_document, tmp_path):
    target = tmp_path / "data"
    write_csv(document, target)
    write_csv(small_document, target)
    assert not (target / "areas.csv").exists()
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("keep")
    with pytest.raises(InputError, match=r"holds other files and no dictionary\.csv; it is left as it is"):
        write_csv(document, other)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="this is a file"):
        write_csv(document, other / "thesis.txt")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_stata_files_have_a_codebook_with_names_and_labels(document, study, tmp_path):
    path = write_dta(document, tmp_path / "data.zip")
    with zipfile.ZipFile(path) as archive:
        codebook = pd.read_csv(io.BytesIO(archive.read("dictionary.csv")), keep_default_na=False)
        sectors = pd.read_stata(io.BytesIO(archive.read("sectors.dta")))
        dictionary = pd.read_stata(io.BytesIO(archive.read("dictionary.dta")))
        with pd.read_stata(io.BytesIO(archive.read("dictionary.dta")), iterator=True) as reader:
            labels, title = reader.variable_labels(), reader.data_label
    assert sectors["exposure_beta"].tolist() == study["sectors"]["exposure_beta"].tolist()
    assert dictionary["column"].tolist() == codebook["column"].tolist()
    assert (labels["variable"], labels["missing"], title) == ("Variable in Stata", "Empty cells", "Dictionary")
    assert not any(label.startswith("Not in the data dictionary") for label in labels.values())
    rows = codebook[codebook["table"] == "sectors"]
    assert dict(zip(rows["column"], rows["variable"], strict=True)) == stata_names(study.sectors.columns)
    assert rows["file"].unique().tolist() == ["sectors.dta"]
    assert (codebook["label"].str.len() <= 80).all()


def test_a_single_stata_file(small_document, tmp_path):
    path = write_dta(small_document, tmp_path / "report.dta")
    assert pd.read_stata(path)["naics"].tolist() == ["52", "31-33", "99"]
    assert (tmp_path / "report-tasks.dta").is_file()
    assert (tmp_path / "report-dta-dictionary.csv").is_file()


def test_names_of_files_are_safe_and_different():
    names = ["../../etc/passwd", "a/b", "a\\b", "A_B", "con", "", "零售", "x" * 300, "dictionary"]
    stems = file_stems(names)
    assert len({stem.casefold() for stem in stems.values()}) == len(names)
    for stem in stems.values():
        assert stem.replace("-", "").replace("_", "a").isalnum()
        assert stem.casefold() != "con"
        assert len(stem) <= 64


def test_tables_with_hostile_names_stay_in_the_folder(small_document, tmp_path):
    table = small_document.tables["sectors"]
    odd = dataclasses.replace(small_document, tables={"../out": table, "dictionary": table, "README": table})
    write_csv(odd, tmp_path / "in" / "data")
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    names = {path.name for path in (tmp_path / "in" / "data").iterdir()}
    assert names == {"out.csv", "dictionary.csv", "dictionary_2.csv", "README.csv", "claims.csv", "README.md"}


def test_codebook_lists_what_it_does_not_know():
    book = make_codebook({"odd": pd.DataFrame({"unheard_of": [1.0, None]})})
    row = book.iloc[0]
    assert (row["type"], row["unit"], row["missing"]) == ("float", "", 1)
    assert row["description"] == "Not in the data dictionary of this version"


def test_markdown_prints_literally():
    assert markdown_line("a|b\n_c_ d_e `x` $1 [l](u)") == r"a\|b \_c\_ d_e \`x\` \$1 \[l\](u)"


def test_assumptions_are_complete_and_both_languages_say_the_same():
    exports = read_exports()
    for name, entry in exports.items():
        if "value" in entry:
            assert set(entry) == {"value", "unit", "range", "source", "description"}, name
    assert shape(exports["en"]) == shape(exports["zh"])


def shape(words):
    """Return the keys, the lengths of lists and the placeholders of words."""
    if isinstance(words, dict):
        return {key: shape(value) for key, value in words.items()}
    if isinstance(words, list):
        return [shape(value) for value in words]
    return sorted(field for _, field, _, _ in string.Formatter().parse(words) if field)


def test_chinese(small_chinese_document, tmp_path):
    folder = write_csv(small_chinese_document, tmp_path / "zh")
    assert "## 文件" in (folder / "README.md").read_text(encoding="utf-8")
    assert "零售业：数据录入员（2024年）" in (folder / "tasks.csv").read_text(encoding="utf-8")
