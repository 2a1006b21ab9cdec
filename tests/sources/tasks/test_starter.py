"""The starter set is what everyone sees first: coverage, length, spelling, and that no sentence is anybody else's."""

import csv
import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from jobimpact.errors import SourceError
from jobimpact.paths import packaged
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.tasks.onet import read_onet_tasks
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.tables import table_columns

# Words that carry no work in them: two tasks that share only these are different tasks.
FILLERS = frozenset(re.findall(r"\w+", "a an and or the to of in on for with by at from so that their into as it is are"))
CIVILIAN_MAJORS = [f"{major}-0000" for major in range(11, 55, 2)]


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return read_starter_tasks()


def tokens(texts: pd.Series) -> list[frozenset[str]]:
    return [frozenset(re.findall("[a-z]+", text.lower())) - FILLERS for text in texts]


def similarities(left: pd.Series, right: pd.Series) -> sparse.coo_matrix:
    """Return the Jaccard similarity of the words of every pair of texts that share a word."""
    bags = [tokens(left), tokens(right)]
    vocabulary = {word: place for place, word in enumerate(sorted(set().union(*bags[0], *bags[1])))}
    counts = []
    for bag in bags:
        rows = np.repeat(np.arange(len(bag)), [len(words) for words in bag])
        columns = [vocabulary[word] for words in bag for word in words]
        counts.append(sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(bag), len(vocabulary))))
    shared = (counts[0] @ counts[1].T).tocoo()
    sizes = [np.array([len(words) for words in bag]) for bag in bags]
    union = sizes[0][shared.row] + sizes[1][shared.col] - shared.data
    return sparse.coo_matrix((shared.data / union, (shared.row, shared.col)), shape=shared.shape)


def near_pairs(left: pd.Series, right: pd.Series, above: float) -> list[tuple[str, str]]:
    found = similarities(left, right)
    close = found.data > above
    if left.equals(right):
        close &= found.row < found.col
    return [(left.iloc[row], right.iloc[column]) for row, column in zip(found.row[close], found.col[close], strict=True)]


class TestTable:
    def test_is_the_table_of_the_dictionary(self, tasks: pd.DataFrame) -> None:
        assert list(tasks.columns) == table_columns("task_statements")
        assert (tasks["onetsoc_code"] == tasks["soc_code"] + ".00").all()
        assert tasks.notna().all(axis=None)

    def test_task_ids_are_unique_everywhere(self, tasks: pd.DataFrame) -> None:
        assert tasks["task_id"].is_unique
        assert (tasks["task_id"].str[:7] == tasks["soc_code"]).all()

    def test_a_changed_file_is_one_line(self, tmp_path: Path) -> None:
        text = packaged("data", "starter", "tasks.csv").read_text(encoding="utf-8")
        changed = tmp_path / "tasks.csv"
        changed.write_text(text.replace(",Core,5", ",Vital,5", 1), encoding="utf-8")
        with pytest.raises(SourceError, match=r"^tasks\.csv: table 'task_statements' does not fit its schema: .*Vital"):
            read_starter_tasks(changed)


class TestCoverage:
    def test_at_least_200_occupations(self, tasks: pd.DataFrame) -> None:
        assert tasks["soc_code"].nunique() >= 200

    def test_every_civilian_major_group(self, tasks: pd.DataFrame) -> None:
        assert len(CIVILIAN_MAJORS) == 22
        assert sorted(set(tasks["soc_code"].str[:2] + "-0000")) == CIVILIAN_MAJORS

    def test_eight_to_twelve_tasks_each(self, tasks: pd.DataFrame) -> None:
        assert tasks.groupby("soc_code").size().between(8, 12).all()

    def test_core_tasks_are_most_and_matter(self, tasks: pd.DataFrame) -> None:
        core = tasks["task_type"].eq("Core")
        assert core.groupby(tasks["soc_code"]).mean().between(0.5, 0.9).all()
        assert tasks.loc[core, "importance"].ge(3).all()
        assert set(tasks["importance"]) == {1.0, 2.0, 3.0, 4.0, 5.0}

    def test_codes_and_titles_are_those_of_oews_and_cover_its_employment(self, tasks: pd.DataFrame) -> None:
        national = read_employment("national")
        detailed = national[national["o_group"] == "detailed"].set_index("soc_code")
        starter = tasks.drop_duplicates("soc_code").set_index("soc_code")
        assert set(starter.index) <= set(detailed.index)
        assert (starter["title"] == detailed.loc[starter.index, "title"]).all()
        total = national.loc[national["o_group"] == "total", "tot_emp"].item()
        assert detailed.loc[starter.index, "tot_emp"].sum() / total >= 0.80


class TestWriting:
    def test_length(self, tasks: pd.DataFrame) -> None:
        words = tasks["task"].str.split().str.len()
        assert tasks.loc[~words.between(8, 30), "task"].tolist() == []

    def test_plain_characters_and_punctuation(self, tasks: pd.DataFrame) -> None:
        plain = tasks["task"].map(str.isascii) & tasks["task"].str.fullmatch(r"[A-Z][^;]*[^.;\s]")
        assert tasks.loc[~plain | tasks["task"].str.contains("  "), "task"].tolist() == []

    def test_no_duplicates(self, tasks: pd.DataFrame) -> None:
        assert tasks.loc[tasks["task"].str.lower().duplicated(), "task"].tolist() == []

    def test_no_near_duplicates(self, tasks: pd.DataFrame) -> None:
        assert near_pairs(tasks["task"], tasks["task"], above=0.55) == []

    def test_near_duplicates_would_be_found(self) -> None:
        texts = pd.Series(["Sweep the yard with a broom", "Sweep the front yard with the broom", "Paint a fence"])
        assert near_pairs(texts, texts, above=0.55) == [(texts[0], texts[1])]

    def test_american_spelling(self, tasks: pd.DataFrame) -> None:
        """Every word is in an American dictionary, or in the list of trade words beside this file."""
        spellchecker = pytest.importorskip("spellchecker", reason="spelling needs pyspellchecker, in the extra dev")
        lines = Path(__file__).parents[1].joinpath("starter_words.txt").read_text(encoding="utf-8").splitlines()
        allowed = {line for line in lines if not line.startswith("#")}
        written = tasks["task"].str.lower().str.findall(r"[a-z]+(?:'[a-z]+)?").explode().unique()
        words = {word.removesuffix("'s") for word in written}
        dictionary = spellchecker.SpellChecker()
        assert sorted(dictionary.unknown(words - allowed)) == []
        assert sorted(allowed - words) == [], "words that the starter set no longer has"
        assert len(dictionary.unknown(["recieve", "colour", "organise", "seperate"])) == 4


@pytest.fixture(scope="module")
def published(publisher_data: Path) -> pd.Series:
    """Return every task text of O*NET and ISCO in the publishers' files, each once."""
    texts = [read_onet_tasks(publisher_data / folder)["task"] for folder in ("onet_db_29_1_text", "onet_db_30_1_excel")]
    texts.append(read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")["task"])
    emerging = pd.read_csv(publisher_data / "onet_db_29_1_text" / "Emerging Tasks.txt", sep="\t", quoting=csv.QUOTE_NONE)
    texts.append(emerging["Task"])
    old = publisher_data / "anthropic_economic_index" / "budget_lab" / "onet_task_statements_old.csv.gz"
    texts.append(pd.read_csv(old)["Task"])
    with gzip.open(publisher_data / "ilo_gmyrek_2025" / "ilo_2025_scores_60pct.csv.gz", "rt", encoding="utf-8") as lines:
        texts.append(pd.read_csv(lines, usecols=["Task_ISCO"])["Task_ISCO"])
    isco = pd.read_excel(publisher_data / "isco08" / "ISCO-08 EN Structure and definitions.xlsx", engine="openpyxl", sheet_name=0)
    listed = isco["Tasks include"].dropna().str.replace(r"^.*?:", "", regex=True).str.split(r";|\n").explode()
    texts.append(listed)
    every = pd.concat([column.dropna().astype(str).str.strip(" .;") for column in texts], ignore_index=True)
    return every[every.str.len() > 0].drop_duplicates(ignore_index=True)


@pytest.mark.publisher
class TestOwnWords:
    def test_publishers_texts_are_all_there(self, published: pd.Series) -> None:
        assert len(published) > 20_000

    def test_no_text_is_a_publishers(self, tasks: pd.DataFrame, published: pd.Series) -> None:
        known = set(published.str.lower())
        assert [task for task in tasks["task"] if task.lower().strip(" .;") in known] == []

    def test_no_text_is_nearly_a_publishers(self, tasks: pd.DataFrame, published: pd.Series) -> None:
        assert near_pairs(tasks["task"], published, above=0.60) == []
