"""Employment derived from files of BLS: the same tables from every layout, and what is refused."""

import io
import os
import zipfile

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from jobimpact.errors import SourceError
from jobimpact.paths import packaged
from jobimpact.sources.jobs.employment import derive_employment, derive_from_folder, read_employment
from jobimpact.tables import table_columns

LEVELS = ["national", "sector", "state", "industry"]

NAMES = {"national": "national", "sector": "natsector", "state": "state"}
WAGES = {"h_mean": "mean", "a_mean": "mean", "h_median": "median", "a_median": "median"}
OFFICIAL = ["area", "area_title", "naics", "naics_title", "i_group", "occ_code", "occ_title", "o_group",
            "tot_emp", "emp_prse", "h_mean", "a_mean", "h_median", "a_median", "mean_prse"]  # fmt: skip


def official_cells(estimates):
    """Write tidy estimates back as BLS's workbooks have them."""
    cells = estimates.rename(columns={"soc_code": "occ_code", "title": "occ_title"})[OFFICIAL].astype(object)
    for column in ("tot_emp", "emp_prse"):
        cells[column] = cells[column].where(estimates[column].notna(), "**")
    for column in ("mean_prse", *WAGES):
        cells[column] = cells[column].where(estimates[column].notna(), "*")
    for column, which in WAGES.items():
        cells[column] = cells[column].mask(estimates[f"{which}_top_coded"] & estimates[column].notna(), "#")
    return cells


def workbook(estimates, release="2025-05"):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(f"figures_M{release[:4]}_dl")
    sheet.append([column.upper() for column in OFFICIAL])
    for row in official_cells(estimates).itertuples(index=False):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def flat_csv(estimates, place, levels):
    """Write tidy estimates back as the flat files have them, with footnotes."""
    table = place.assign(
        OCC_CODE=estimates["soc_code"],
        OCC_TITLE=estimates["title"],
        OCC_LEVEL=estimates["o_group"].map({"total": "0", "major": "0", "minor": "1", "broad": "2", "detailed": "3"}),
        **{column.upper(): estimates[column].map("{:.2f}".format).where(estimates[column].notna(), "-")
           for column in ("tot_emp", "emp_prse", *WAGES, "mean_prse")},
    )  # fmt: skip
    notes = pd.Series("", index=table.index)
    for column, which in WAGES.items():
        top = estimates[f"{which}_top_coded"] & estimates[column].notna()
        table[column.upper()] = table[column.upper()].mask(top, "-")
        notes = notes.mask(top, notes + f"{column.upper()}:5;")
    return table.assign(FOOTNOTES=notes.str.rstrip(";"), **levels).to_csv(index=False)


@pytest.fixture(scope="module")
def tables():
    """Packaged tables, below the country only totals and major groups: they make files that are soon read."""
    kept = {level: read_packaged(level) for level in LEVELS}
    for level, rows in {"sector": ("total", "major"), "state": ("total", "major"), "industry": ("total",)}.items():
        kept[level] = kept[level][kept[level]["o_group"].isin(rows)].reset_index(drop=True)
    return kept


def read_packaged(level):
    return pd.read_parquet(packaged("data", "employment", f"{level}_occupation.parquet"))


@pytest.fixture(scope="module")
def books(tables):
    industries = tables["industry"]
    parts = {name: tables[level] for level, name in NAMES.items()}
    parts |= {f"nat{digits}d": industries[industries["i_group"] == f"{digits}-digit"] for digits in (3, 4)}
    return {f"{name}_M2025_dl.xlsx": workbook(table) for name, table in parts.items()}


@pytest.fixture
def folder(tmp_path, books):
    place = tmp_path / "bls"
    place.mkdir()
    for name, content in books.items():
        (place / name).write_bytes(content)
    return place


def assert_derived(out, tables):
    for level in tables:
        derived = pd.read_parquet(out / f"{level}_occupation.parquet")
        pd.testing.assert_frame_equal(derived, tables[level])


def assert_fails(call, out, *words):
    """Call and expect one line that holds the words, with the folder `out` as it was before."""
    before = contents(out)
    with pytest.raises(SourceError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert contents(out) == before


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else None


def test_official_workbooks_give_the_packaged_tables(folder, tmp_path, tables):
    written = derive_from_folder(folder, tmp_path / "out")
    assert {path.name for path in written} == {f"{level}_occupation.parquet" for level in LEVELS}
    assert_derived(tmp_path / "out", tables)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)


def test_the_zips_of_bls_give_the_packaged_tables(tmp_path, books, tables):
    packed = {"oesm25nat": ["national"], "oesm25in4": ["natsector", "nat3d", "nat4d"], "oesm25st": ["state"]}
    for name, members in packed.items():
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for member in members:
                archive.writestr(f"{name}/{member}_M2025_dl.xlsx", books[f"{member}_M2025_dl.xlsx"])
            archive.writestr(f"{name}/nat5d_6d_M2025_dl.xlsx", b"another level")
    derive_from_folder(tmp_path, tmp_path / "out")
    assert_derived(tmp_path / "out", tables)


@pytest.mark.parametrize("packed", [True, False])
def test_without_files_of_industries_the_other_three_are_derived(tmp_path, books, tables, packed):
    for name, member in {"oesm25nat": "national", "oesm25in4": "natsector", "oesm25st": "state"}.items():
        if packed:
            with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
                archive.writestr(f"{member}_M2025_dl.xlsx", books[f"{member}_M2025_dl.xlsx"])
        else:
            (tmp_path / f"{member}_M2025_dl.xlsx").write_bytes(books[f"{member}_M2025_dl.xlsx"])
    derive_from_folder(tmp_path, tmp_path / "out")
    assert_derived(tmp_path / "out", {level: tables[level] for level in NAMES})
    assert not (tmp_path / "out" / "industry_occupation.parquet").exists()


def test_the_layout_of_the_flat_files_gives_the_packaged_tables(tmp_path, tables):
    place = tmp_path / "may2025"
    place.mkdir()
    industries = pd.concat([tables["national"], tables["sector"], tables["industry"]], ignore_index=True)
    ranges = {"31-33": "31--34", "44-45": "44--46", "48-49": "48--50", "99": "99-100", "000000": "000000"}
    sectors = tables["sector"]["naics"].unique()
    half_open = {code: f"{code}--{int(code[:2]) + 1}" for code in sectors if code.isdigit()} | ranges
    half_open = {code: half_open.get(code, code) for code in industries["naics"].unique()}
    codes = {"NAICS": industries["naics"].map(half_open), "NAICS_TITLE": "Sector 1 - " + industries["naics_title"]}
    levels = {"NAICS_LEVEL": industries["i_group"].map({"cross-industry": "0", "sector": "2", "3-digit": "3", "4-digit": "4"})}
    text = flat_csv(industries, pd.DataFrame(codes), levels)
    (place / "national_industry_occupation.csv").write_text(text, encoding="utf-8")
    areas = {"AREA": tables["state"]["area"] + "00000", "AREA_TITLE": tables["state"]["area_title"]}
    (place / "state_occupation.csv").write_text(flat_csv(tables["state"], pd.DataFrame(areas), {}), encoding="utf-8")
    derive_from_folder(tmp_path, tmp_path / "out")
    assert_derived(tmp_path / "out", tables)


def test_the_same_files_give_the_same_bytes_whatever_their_order(folder, tmp_path):
    files = [folder / f"{name}_M2025_dl.xlsx" for name in ("national", "natsector", "nat3d", "nat4d")]
    state = folder / "state_M2025_dl.xlsx"
    first = derive_employment(files, state, tmp_path / "first")
    second = derive_employment(files[::-1], state, tmp_path / "second")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert pq.read_schema(one).names == table_columns("oews")
        assert pq.read_schema(one).metadata is None


def test_the_newest_complete_release_is_taken(folder, tmp_path, books, tables):
    older = folder / "older"
    older.mkdir()
    for name, content in books.items():
        (older / name.replace("2025", "2024")).write_bytes(content)
    (folder / "national_M2026_dl.xlsx").write_bytes(b"the other files of 2026 are not there")
    derive_from_folder(folder, tmp_path / "out")
    assert_derived(tmp_path / "out", tables)


@pytest.mark.publisher
def test_packaged_tables_equal_a_fresh_derivation(publisher_data, tmp_path):
    written = derive_from_folder(publisher_data / "bls_oews", tmp_path)
    assert len(written) == len(LEVELS)
    for path in written:
        level = path.name.removesuffix("_occupation.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(path), read_packaged(level))
        # Bytes may differ only where another release of the Parquet library wrote them.
        fresh = pq.ParquetFile(path).metadata
        kept = pq.ParquetFile(packaged("data", "employment", path.name)).metadata
        if fresh.created_by == kept.created_by:
            assert path.read_bytes() == packaged("data", "employment", path.name).read_bytes()


def put_own(data_home, level, table):
    place = data_home / "employment"
    place.mkdir(parents=True, exist_ok=True)
    table.to_parquet(place / f"{level}_occupation.parquet", index=False)


def test_a_newer_release_of_the_user_comes_first(data_home, tables):
    put_own(data_home, "national", tables["national"].head(3).assign(release="2026-05"))
    assert read_employment("national")["release"].tolist() == ["2026-05"] * 3
    put_own(data_home, "national", tables["national"].head(3).assign(release="2024-05"))
    assert read_employment("national")["release"].unique().tolist() == ["2025-05"]


def test_a_damaged_table_of_the_user_is_named(data_home, tables):
    put_own(data_home, "sector", tables["sector"].head(3).rename(columns={"tot_emp": "employment"}))
    assert_fails(lambda: read_employment("sector"), data_home, "sector_occupation.parquet", "tot_emp")
    (data_home / "employment/state_occupation.parquet").write_bytes(b"PAR1")
    assert_fails(lambda: read_employment("state"), data_home, "state_occupation.parquet", "derive it again")


def test_parts_that_are_missing_are_named(folder, tmp_path):
    out = tmp_path / "out"
    (folder / "natsector_M2025_dl.xlsx").unlink()
    assert_fails(lambda: derive_from_folder(folder, out), out, "2025-05: 3-digit, 4-digit, national, state", "natsector")
    assert_fails(lambda: derive_from_folder(tmp_path / "none", out), out, "is not a folder")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_fails(lambda: derive_from_folder(empty, out), out, "found nothing")


def test_a_truncated_file_leaves_the_old_tables(folder, tmp_path):
    out = tmp_path / "out"
    derive_from_folder(folder, out)
    path = folder / "state_M2025_dl.xlsx"
    path.write_bytes(path.read_bytes()[:20_000])
    assert_fails(lambda: derive_from_folder(folder, out), out, "truncated")


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("sector", lambda table: table[table["naics"] != "52"], ["sectors of 2025-05", "155,495,730"]),
        ("state", lambda table: table[~table["area"].isin(["01", "02", "04", "05"])], ["Alabama", "and 1 more"]),
        ("industry", lambda table: table[table["naics"] != "622000"], ["3-digit industries of 2025-05", "155,495,730"]),
        ("national", lambda table: table[table["o_group"] != "total"], ["the country 0"]),
    ],
)
def test_incomplete_files_are_refused(folder, tables, part, change, words):
    name = (NAMES | {"industry": "nat3d"})[part]
    cells = tables[part]
    cells = cells[cells["i_group"] != "4-digit"]
    (folder / f"{name}_M2025_dl.xlsx").write_bytes(workbook(change(cells)))
    out = folder / "out"
    assert_fails(lambda: derive_from_folder(folder, out), out, *words)


def test_files_of_two_releases_are_refused(folder, tmp_path, tables):
    older = tmp_path / "state_M2024_dl.xlsx"
    older.write_bytes(workbook(tables["state"], "2024-05"))
    files = [folder / "national_M2025_dl.xlsx", folder / "natsector_M2025_dl.xlsx"]
    out = tmp_path / "out"
    assert_fails(lambda: derive_employment(files, older, out), out, "different releases", "2024-05, 2025-05")


def test_a_folder_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "out").write_text("a file, not a folder")
    assert_fails(lambda: derive_from_folder(folder, tmp_path / "out"), tmp_path, "cannot be written")


def test_a_failure_while_writing_leaves_the_old_tables(folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    derive_from_folder(folder, out)
    real, calls = pq.write_table, []

    def full_disk(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError(28, os.strerror(28))
        real(*arguments, **options)

    monkeypatch.setattr(pq, "write_table", full_disk)
    assert_fails(lambda: derive_from_folder(folder, out), out, "No space left on device")
    assert len(calls) == 3
