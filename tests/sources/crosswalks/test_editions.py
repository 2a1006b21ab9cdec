"""Crosswalk files as released: their pair counts, codes as text, notes above the header, and what is wrong with broken ones."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.crosswalks.editions import (
    pair_soc_codes,
    read_naics_concordance,
    read_onetsoc_2010_to_2019,
    read_onetsoc_2010_to_soc_2018,
    read_onetsoc_2019_to_soc_2018,
)
from jobimpact.sources.crosswalks.isco import read_esco_to_isco, read_esco_to_onetsoc_2010, read_isco_soc
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.crosswalks.us import read_census_to_soc_2018, read_oews_to_soc_2018
from jobimpact.tables import check_table

ISCO_HEADER = ["ISCO-08 Code", "ISCO-08 Title EN", "part", "2010 SOC Code", "2010 SOC Title", "Comment 8/17/11"]
ISCO_ROWS = [
    ["0110", "Commissioned armed forces officers", "*", "55-1011 ", "Air Crew Officers", ""],
    ["0110", "Commissioned armed forces officers", "*", "55-1012", "Aircraft Launch and Recovery Officers", ""],
    ["2111", "Physicists", "", "19-2012", "Physicists", ""],
    ["2112", "Meteorologists", "", "19-2021", "Atmospheric Scientists", ""],
    [
        "211",
        "Physical and earth science professionals",
        "",
        "19-2099",
        "Physical Scientists, All Other",
        "matches to 3-digit ISCO",
    ],
]
NOTES = [["Bureau of Labor Statistics"], ["On behalf of the SOCPC"], [], ["August 2012"], ["Questions"], []]


def check_shares(pairs: pd.DataFrame) -> None:
    assert pairs.groupby("from_code")["share"].sum().sub(1).abs().max() < 1e-12
    assert (pairs["share_basis"].eq("only partner") == (pairs["share"] == 1)).all()


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    width = max(map(len, rows))
    pd.DataFrame([row + [""] * (width - len(row)) for row in rows]).to_csv(path, index=False, header=False)
    return path


def write_isco(folder: Path, rows: list[list[str]] = ISCO_ROWS) -> Path:
    return write_csv(folder / "isco08_to_soc2010.csv", [*NOTES, ISCO_HEADER, *rows])


@pytest.mark.publisher
class TestAsReleased:
    """Counts of data/SOURCES.md: pairs, codes on the left, codes on the right."""

    @pytest.mark.parametrize(
        ("read", "names", "counts"),
        [
            (
                read_onetsoc_2010_to_2019,
                ["onet_2010_to_2019_Crosswalk.xlsx", "onet_soc_2010_to_2019_crosswalk.csv"],
                (1164, 1110, 1012),
            ),
            (read_onetsoc_2019_to_soc_2018, ["onet_2019_to_SOC_Crosswalk.xlsx"], (1016, 1016, 867)),
            (read_onetsoc_2010_to_soc_2018, ["onet_2010_to_2018_SOC_Crosswalk.xlsx"], (1170, 1110, 868)),
            (
                lambda path: pair_soc_codes(read_soc_2010_to_2018(path)),
                ["soc_2010_to_2018_crosswalk.xlsx", "crosswalk_soc2010_to_soc2018.csv"],
                (900, 840, 867),
            ),
            (read_isco_soc, ["isco08_to_soc2010.csv", "ISCO_SOC_Crosswalk.xls"], (1125, 438, 840)),
            (read_esco_to_isco, ["esco_onet_crosswalk_Nov2020.csv.gz"], (1680, 1680, 423)),
            (read_esco_to_onetsoc_2010, ["esco_onet_crosswalk_Nov2020.csv.gz"], (1680, 1680, 668)),
            (read_census_to_soc_2018, ["census_2018-occupation-code-list-and-crosswalk.xlsx"], (867, 568, 867)),
        ],
    )
    def test_pairs_and_codes(self, publisher_data, read, names, counts) -> None:
        tables = [read(publisher_data / "crosswalks" / name) for name in names]
        for pairs in tables:
            assert (len(pairs), pairs["from_code"].nunique(), pairs["to_code"].nunique()) == counts
            check_shares(pairs)
            pd.testing.assert_frame_equal(pairs, tables[0])

    def test_the_soc_code_is_the_first_six_digits(self, publisher_data) -> None:
        pairs = read_onetsoc_2019_to_soc_2018(publisher_data / "crosswalks" / "onet_2019_to_SOC_Crosswalk.xlsx")
        assert (pairs["from_code"].str[:7] == pairs["to_code"]).all()

    def test_both_directions_of_isco_have_the_same_pairs(self, publisher_data) -> None:
        path = publisher_data / "crosswalks" / "ISCO_SOC_Crosswalk.xls"
        there, back = read_isco_soc(path), read_isco_soc(path, "SOC 2010")
        assert set(zip(there["from_code"], there["to_code"], strict=True)) == set(
            zip(back["to_code"], back["from_code"], strict=True)
        )
        check_shares(back)
        # BLS's star says that the first code is split; it forgot the two pairs of 37-1011.
        assert there["partial"].sum() == 970
        assert (there["partial"] == (there["share"] < 1)).all()
        assert back.loc[back["partial"] != (back["share"] < 1), "from_code"].unique().tolist() == ["37-1011"]

    def test_armed_forces_keep_their_zero(self, publisher_data) -> None:
        pairs = read_isco_soc(publisher_data / "crosswalks" / "isco08_to_soc2010.csv")
        assert {"0110", "0210", "0310"} <= set(pairs["from_code"])
        assert set(pairs.loc[pairs["from_code"].str.len() != 4, "from_code"]) == {"211", "315"}

    def test_expanded_minor_groups_are_those_of_the_ibs_table(self, publisher_data) -> None:
        """soc10_isco08_ibs.dta of the Institute for Structural Research, Warsaw: 1,131 pairs; BLS has one more."""
        folder = publisher_data / "crosswalks"
        pairs = read_isco_soc(folder / "ISCO_SOC_Crosswalk.xls", "SOC 2010", minor_groups="expand")
        ibs = pd.read_stata(folder / "soc10_isco08_ibs.dta")
        soc = ibs["soc10"].astype(str).str.replace(r"^(\d\d)", r"\1-", regex=True)
        theirs = set(zip(soc, ibs["isco08"].astype(str).str.zfill(4), strict=True))
        ours = set(zip(pairs["from_code"], pairs["to_code"], strict=True))
        assert len(theirs) == 1131
        assert theirs < ours
        assert ours - theirs == {("29-2055", "3259")}
        assert pairs["to_code"].nunique() == 436

    def test_one_code_of_onet_is_no_detailed_occupation(self, publisher_data) -> None:
        folder = publisher_data / "crosswalks"
        onet = read_onetsoc_2010_to_soc_2018(folder / "onet_2010_to_2018_SOC_Crosswalk.xlsx")
        official = pair_soc_codes(read_soc_2010_to_2018(folder / "soc_2010_to_2018_crosswalk.xlsx"))
        assert set(onet["to_code"]) - set(official["to_code"]) == {"19-1020"}

    def test_likeness_of_esco_is_a_number(self, publisher_data) -> None:
        pairs = read_esco_to_onetsoc_2010(publisher_data / "crosswalks" / "esco_onet_crosswalk_Nov2020.csv.gz")
        check_table("text_crosswalk", pairs)
        assert 0.47 < pairs["text_similarity"].min() < 0.48
        assert set(pairs["method"]) == {"research"}


class TestNotes:
    def test_lines_above_the_header_do_not_matter(self, tmp_path: Path) -> None:
        pairs = read_isco_soc(write_isco(tmp_path))
        assert pairs["from_code"].tolist() == ["0110", "0110", "2111", "2112", "211"]
        assert pairs["to_code"].iloc[0] == "55-1011"
        assert pairs["partial"].tolist() == [True, True, False, False, False]
        check_shares(pairs)

    def test_a_workbook_is_the_same_table(self, tmp_path: Path) -> None:
        path = tmp_path / "ISCO_SOC_Crosswalk.xlsx"
        rows = pd.DataFrame([row + [None] * (6 - len(row)) for row in (*NOTES, ISCO_HEADER, *ISCO_ROWS)])
        rows.to_excel(path, index=False, header=False, sheet_name="ISCO-08 to 2010 SOC")
        pd.testing.assert_frame_equal(read_isco_soc(path), read_isco_soc(write_isco(tmp_path)))
        with pytest.raises(SourceError, match="expected '2010 SOC to ISCO-08'"):
            read_isco_soc(path, "SOC 2010")

    def test_from_soc_a_table_without_that_direction_flags_what_is_split(self, tmp_path: Path) -> None:
        back = read_isco_soc(write_isco(tmp_path), "SOC 2010", minor_groups="expand")
        split = back[back["from_code"] == "19-2099"]
        assert split["to_code"].tolist() == ["2111", "2112"]
        assert split["share"].tolist() == [0.5, 0.5]
        assert split["partial"].all()
        assert not back.loc[back["from_code"] == "55-1011", "partial"].any()

    def test_a_group_that_gains_a_partner_is_partial(self, tmp_path: Path) -> None:
        pairs = read_isco_soc(write_isco(tmp_path), minor_groups="expand").set_index(["from_code", "to_code"])
        assert "211" not in pairs.index.get_level_values(0)
        assert pairs.loc[("2111", "19-2012"), ["partial", "share"]].tolist() == [True, 0.5]


class TestBroken:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"0110": "110"}, None),
            ({"2111": "2111.0"}, "found '2111.0'"),
            ({"55-1012": "none"}, "found 'none' in data row .*expected a SOC code"),
            ({"*": "?"}, "found '[?]' in data row 1 .2 such rows.; expected [*] or nothing"),
            ({"55-1012": "55-1011"}, "0110 55-1011 more than once"),
            ({"Physicists": ""}, "without 'ISCO-08 Title EN'"),
        ],
    )
    def test_cells(self, tmp_path: Path, change: dict[str, str], message: str | None) -> None:
        rows = [[change.get(cell, cell) for cell in row] for row in ISCO_ROWS]
        if message is None:
            # A spreadsheet took the zero away: 110 has as many digits as a minor group, but no unit group lies below it.
            with pytest.raises(SourceError, match="found the minor group '110' and no unit group below it"):
                read_isco_soc(write_isco(tmp_path, rows))
            return
        with pytest.raises(SourceError, match=message) as caught:
            read_isco_soc(write_isco(tmp_path, rows))
        assert "\n" not in str(caught.value)

    def test_other_files(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such file"):
            read_isco_soc(tmp_path / "nothing.csv")
        with pytest.raises(SourceError, match="found no row with 'ISCO-08 Code'"):
            read_isco_soc(write_csv(tmp_path / "other.csv", [["a", "b"], ["1", "2"]]))
        with pytest.raises(SourceError, match="found a header and no rows"):
            read_isco_soc(write_isco(tmp_path, []))
        (tmp_path / "a.pdf").write_bytes(b"%PDF")
        with pytest.raises(SourceError, match="a file of another kind"):
            read_isco_soc(tmp_path / "a.pdf")
        (tmp_path / "a.xls").write_bytes(b"no workbook")
        with pytest.raises(SourceError, match="not a whole Excel workbook"):
            read_isco_soc(tmp_path / "a.xls")
        (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SourceError, match="breaks off or is not UTF-8"):
            read_isco_soc(tmp_path / "a.csv")
        whole = gzip.compress(write_isco(tmp_path).read_bytes())
        (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SourceError, match="breaks off"):
            read_isco_soc(tmp_path / "a.csv.gz")

    def test_unknown_options(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected start of ISCO-08 or SOC 2010"):
            read_isco_soc(write_isco(tmp_path), "SOC 2018")
        with pytest.raises(InputError, match="found start 'ISCO-08' and minor_groups 'drop'"):
            read_isco_soc(write_isco(tmp_path), minor_groups="drop")

    def test_a_missing_column_is_named(self, tmp_path: Path) -> None:
        rows = [
            ["O*NET-SOC 2010 Code", "O*NET-SOC 2010 Title", "O*NET-SOC 2019 code", "O*NET-SOC 2019 Title"],
            ["a", "b", "c", "d"],
        ]
        with pytest.raises(SourceError, match=r"found no column 'O[*]NET-SOC 2019 Code' .did you mean 'O[*]NET-SOC 2019 code'"):
            read_onetsoc_2010_to_2019(write_csv(tmp_path / "onet.csv", rows))


class TestNaics:
    """The layout is that of the Census Bureau's concordances: two lines of notes, and a note in the older title's header."""

    ROWS = (
        ["2017 NAICS U.S. Matched to 2022 NAICS U.S. (Full Concordance)"],
        ["(2022 NAICS codes in bold indicate pieces of the 2022 industry came from more than one 2017 industry)"],
        [
            "2017 NAICS Code",
            "2017 NAICS Title\n(and specific piece of the 2017 industry that is contained in the 2022 industry)",
            "2022 NAICS Code",
            "2022 NAICS Title",
        ],
        ["111110", "Soybean Farming", "111110", "Soybean Farming"],
        ["454110", "Electronic Shopping - books", "459210", "Book Retailers"],
        ["454110", "Electronic Shopping - newspapers", "459210", "Book Retailers"],
        ["454110", "Electronic Shopping - furniture", "449110", "Furniture Retailers"],
    )

    def test_pieces_are_one_pair(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "2017_to_2022_NAICS.csv", [list(row) for row in self.ROWS])
        pairs = read_naics_concordance(path, "NAICS 2017", "NAICS 2022")
        assert pairs[["from_code", "to_code", "share"]].to_numpy().tolist() == [
            ["111110", "111110", 1.0],
            ["454110", "459210", 0.5],
            ["454110", "449110", 0.5],
        ]
        pd.testing.assert_frame_equal(read_naics_concordance(path), pairs)
        assert pairs.loc[0, ["from_system", "to_system"]].tolist() == ["NAICS 2017", "NAICS 2022"]
        with pytest.raises(InputError, match=r"given or in a file name such as 2017_to_2022_NAICS.xlsx"):
            read_naics_concordance(path.rename(tmp_path / "naics.csv"))

    def test_wrong_edition_and_code(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "2017_to_2022_NAICS.csv", [list(row) for row in self.ROWS])
        with pytest.raises(InputError, match="NAICS edition 'NAICS 2018' is unknown"):
            read_naics_concordance(path, "NAICS 2018", "NAICS 2022")
        with pytest.raises(SourceError, match="found no column '2012 NAICS Code'"):
            read_naics_concordance(path, "NAICS 2012", "NAICS 2022")
        bad = write_csv(tmp_path / "bad.csv", [*map(list, self.ROWS), ["4541", "X", "449110", "Furniture Retailers"]])
        with pytest.raises(SourceError, match=r"found '4541' in data row 4 .*expected a NAICS code"):
            read_naics_concordance(bad, "NAICS 2017", "NAICS 2022")


class TestOews:
    def test_every_occupation_of_oews_is_there(self) -> None:
        pairs = read_oews_to_soc_2018()
        assert (len(pairs), pairs["from_code"].nunique(), pairs["to_code"].nunique()) == (846, 830, 846)
        check_shares(pairs)

    def test_combinations_are_taken_apart_and_what_is_not_covered_has_no_pair(self) -> None:
        pairs = read_oews_to_soc_2018()
        split = pairs[pairs["share"] < 1]
        assert split["from_code"].nunique() == 12
        assert len(split) == 28
        assert not set(pairs["to_code"]) & {"11-1031", "45-3031", "55-1011"}
