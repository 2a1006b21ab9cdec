"""OEWS files of a made-up economy in both layouts, as workbook, CSV and zip."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from jobimpact.errors import SourceError

FIGURES = ["TOT_EMP", "EMP_PRSE", "H_MEAN", "A_MEAN", "H_MEDIAN", "A_MEDIAN", "MEAN_PRSE"]
OFFICIAL = ["AREA", "AREA_TITLE", "NAICS", "NAICS_TITLE", "I_GROUP", "OCC_CODE", "OCC_TITLE", "O_GROUP", *FIGURES]
FLAT = ["NAICS", "NAICS_TITLE", "NAICS_LEVEL", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", *FIGURES, "FOOTNOTES"]
STATE = ["AREA", "AREA_TITLE", "STATE_FIPS", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", *FIGURES, "FOOTNOTES"]
NO_WAGE = ";".join(f"{column}:8" for column in ("H_MEAN", "A_MEAN", "H_MEDIAN", "A_MEDIAN", "MEAN_PRSE"))
TOP = "H_MEAN:5;A_MEAN:5;H_MEDIAN:5;A_MEDIAN:5"
# One made-up economy in both layouts: a total, a broad code that is also the detailed one, a suppressed estimate,
# suppressed wages, a top-coded one, an occupation paid by the hour, one paid by the year.
OFFICIAL_ROWS = [
    ("99", "U.S.", "000000", "Cross-industry", "cross-industry", "00-0000", "All Occupations", "total",
     "1,234,560", "0.1", "30.5", "63,440", "24", "49,920", "0.2"),
    ("99", "U.S.", "000000", "Cross-industry", "cross-industry", "11-0000", "Managers", "major",
     "20,000", "1", "60", "124,800", "#", "#", "0.2"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "31-1120", "Home Aides", "broad",
     "4,990", "2.5", "16.25", "33,800", "16", "33,280", "0.9"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "31-1120", "Home Aides", "detailed",
     "4,990", "2.5", "16.25", "33,800", "16", "33,280", "0.9"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "15-1252", "Developers", "detailed",
     "**", "**", "61.1", "127,090", "60", "124,800", "1.4"),
    ("99", "U.S.", "31-33", "Manufacturing", "sector", "19-1012", "Food Scientists", "detailed",
     "70", "31", "*", "*", "*", "*", "*"),
    ("99", "U.S.", "99", "Government", "sector", "29-1212", "Cardiologists", "detailed",
     "280", "22.2", "#", "#", "#", "#", "7"),
    ("99", "U.S.", "11", "Agriculture", "sector", "27-2011", "Actors", "detailed",
     "40", "40", "23.3", "*", "20.5", "*", "11"),
    ("99", "U.S.", "221100", "Power", "4-digit", "25-2021", "Teachers", "detailed",
     "30", "50", "*", "71,000", "*", "69,500", "3"),
]  # fmt: skip
FLAT_ROWS = [
    ("000000", "Cross-Industry, Private and Government", "0", "00-0000", "All Occupations", "0",
     "1234560", "0.1", "30.50", "63440", "24.00", "49920", "0.2", ""),
    ("000000", "Cross-Industry, Private and Government", "0", "11-0000", "Managers", "0",
     "20000", "1.0", "60.00", "124800", "-", "-", "0.2", "H_MEDIAN:5;A_MEDIAN:5;H_PCT90:5"),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "31-1120", "Home Aides", "3",
     "4990", "2.5", "16.25", "33800", "16.00", "33280", "0.9", ""),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "15-1252", "Developers", "3",
     "-", "-", "61.10", "127090", "60.00", "124800", "1.4", "TOT_EMP:8;EMP_PRSE:8"),
    ("31--34", "Sectors 31, 32, and 33 - Manufacturing", "2", "19-1012", "Food Scientists", "3",
     "70", "31.0", "-", "-", "-", "-", "-", NO_WAGE),
    ("99-100", "Sector 99 - Government", "2", "29-1212", "Cardiologists", "3",
     "280", "22.2", "-", "-", "-", "-", "7.0", TOP),
    ("11--12", "Sector 11 - Agriculture", "2", "27-2011", "Actors", "3",
     "40", "40.0", "23.30", "-", "20.50", "-", "11.0", "A_MEAN:4;A_MEDIAN:4"),
    ("221100", "Power", "4", "25-2021", "Teachers", "3",
     "30", "50.0", "-", "71000", "-", "69500", "3.0", "H_MEAN:4;H_MEDIAN:4"),
]  # fmt: skip


def as_csv(header, rows):
    return pd.DataFrame(rows, columns=header).to_csv(index=False)


def as_workbook(header, rows, sheet="national_M2025_dl", notes=("May 2025 OEWS Estimates",)):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in (header, *rows):
        book.active.append([number(cell) for cell in row])
    described = book.create_sheet("Field Descriptions")
    for note in notes:
        described.append([note])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def number(cell):
    """Give figures as numbers, as BLS's workbooks have them, and codes as text."""
    plain = cell.replace(",", "")
    return cell if not plain.replace(".", "").isdigit() or cell in {"99", "000000", "11", "221100"} else float(plain)


def as_zip(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def assert_fails(call, *words):
    with pytest.raises(SourceError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    for word in words:
        assert word in message
