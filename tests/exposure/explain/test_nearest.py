"""Labelled tasks that are nearest to a text."""

import pandas as pd
import pytest
from support.reasons_planted import REFERENCE, WordsOnly, write_labels

from jobimpact.errors import InputError, SourceError
from jobimpact.exposure.explain.nearest import nearest_tasks, read_reference
from jobimpact.sources.store.fetch import add
from jobimpact.tables import table_columns


class TestNearest:
    def test_nearest_of_a_labelled_text_is_itself(self):
        found = nearest_tasks(REFERENCE["task"].tolist(), WordsOnly(), REFERENCE, n=2)
        assert list(found.columns) == table_columns("nearest_tasks")
        first = found[found["rank"] == 1]
        assert first["row"].tolist() == [1, 2, 3, 4, 5]
        assert first["similarity"].tolist() == pytest.approx([1] * 5, abs=1e-6)
        assert first["human"].tolist() == ["E1", "E0", "E2", "E2", "E1"]

    def test_a_text_that_several_occupations_have_is_one_neighbour(self):
        found = nearest_tasks(["check bills"], WordsOnly(), REFERENCE, n=10)
        assert len(found) == 4
        assert found["n_same_text"].tolist()[0] == 2
        assert found["task"].str.casefold().str.split().map(tuple).is_unique
        assert (found["similarity"].diff().dropna() <= 0).all()

    def test_vectors_at_hand_give_the_same(self):
        encoder = WordsOnly()
        vectors = encoder.encode(REFERENCE["task"].tolist())
        texts = ["write bills", None, "lift ads"]
        plain = nearest_tasks(texts, encoder, REFERENCE)
        pd.testing.assert_frame_equal(nearest_tasks(texts, encoder, REFERENCE, vectors=vectors), plain)
        assert set(plain["row"]) == {1, 3}

    def test_bad_requests(self):
        with pytest.raises(InputError, match="expected 1 or more"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE, n=0)
        with pytest.raises(InputError, match="found no column 'title'"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE.drop(columns="title"))
        with pytest.raises(InputError, match="found no rows"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE.iloc[:0])
        assert nearest_tasks([None, ""], WordsOnly(), REFERENCE).empty

    def test_fresh_install_has_the_starter_tasks_and_labels_once_they_are_added(self, data_home, tmp_path):
        starter = read_reference()
        assert set(starter["reference"]) == {"starter"}
        assert starter[["human", "gpt4", "gpt4_alt"]].isna().all(axis=None)
        with pytest.raises(SourceError, match="jobimpact sources pull eloundou-labels"):
            read_reference("eloundou-labels")
        with pytest.raises(InputError, match="'labels' is not known"):
            read_reference("labels")
        add("eloundou-labels", write_labels(tmp_path))
        labelled = read_reference()
        assert set(labelled["reference"]) == {"eloundou-labels"}
        assert labelled["human"].tolist() == ["E2", "E0", "E0"]
        assert set(read_reference("starter")["reference"]) == {"starter"}

    def test_chinese_starter_tasks(self, data_home):
        english, chinese = read_reference(), read_reference(language="zh")
        assert english["onetsoc_code"].tolist() == chinese["onetsoc_code"].tolist()
        assert not chinese["task"].str.isascii().any()
