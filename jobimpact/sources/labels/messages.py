"""Shares of ChatGPT messages by O*NET work activity and month, as OpenAI Signals releases them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_filled, check_source_table, opened_files, read_raw_table
from jobimpact.tables import table_columns

_STEMS: Final[Mapping[str, str]] = {
    "all": "usa_share_of_messages_by_onet_iwa_month",
    "work": "usa_share_of_work_related_messages_by_onet_iwa_month",
}
_OTHER: Final = "other"


def read_message_shares(path: str | Path) -> pd.DataFrame:
    """Read the shares of ChatGPT messages by O*NET intermediate work activity and month.

    Parameters
    ----------
    path
        Folder or zip with ``usa_share_of_messages_by_onet_iwa_month.csv``, or with the file of the same name for
        ``work_related_messages``, or both; or one of these files.

    Returns
    -------
    pandas.DataFrame
        Table ``message_shares``: ``messages`` (``all`` or ``work``), ``month``, ``iwa`` (O*NET IWA ID; ``other`` for what the
        publisher put together) and ``message_share``. A pair of month and activity without a row was not published.

    Notes
    -----
    Source: OpenAI Signals, consumer ChatGPT use in the US, CC BY 4.0. Shares are rounded to 3 decimals after noise was added for
    privacy, so that small shares and their changes from month to month are mostly noise.
    """
    expected = "the shares of ChatGPT messages by IWA: run `jobimpact sources add openai-signals FILE_OR_FOLDER`"
    with opened_files(Path(path), _STEMS, expected) as files:
        return pd.concat([_read(file, kind) for kind, file in files.items()], ignore_index=True)


def _read(file: Path, kind: str) -> pd.DataFrame:
    raw = read_raw_table(file, ["month", "iwa_cleaned", "share_of_messages"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), file.name)
    shares = pd.to_numeric(raw["share_of_messages"], errors="coerce")
    # Months are printed as their first day.
    months = raw["month"].str.slice(0, 7)
    if shares.isna().any() or not months.str.fullmatch(r"20\d\d-(0[1-9]|1[0-2])").all():
        raise SourceError(
            f"{file.name}: found a share or a month that is none; expected the publisher's cells: download it again"
        )
    # Identifiers of work activities begin with 4.A; whatever else stands there is a collective term.
    iwa = raw["iwa_cleaned"].str.strip()
    table = pd.DataFrame(
        {
            "messages": kind,
            "month": months,
            "iwa": iwa.where(iwa.str.startswith("4.A"), _OTHER),
            "message_share": shares.astype("float64"),
        }
    )
    table = table[table_columns("message_shares")]
    return check_source_table("message_shares", table, file.name, ("month", "iwa"))
