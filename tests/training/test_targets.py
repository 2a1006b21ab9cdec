import numpy as np
import pandas as pd

from jobimpact.training.heads import label_levels, label_targets, one_hot, rows_of

LABELS = pd.DataFrame(
    {
        "human": ["E0", "E2", "E1", "E0"],
        "gpt4": ["E1", None, "E1", "E0"],
        "gpt4_alt": ["E0", "E0", "E2", "E0"],
        "gpt4_automation": ["T0", "T4", "T1", "T0"],
    }
)


def test_levels_follow_the_rubric_and_leave_out_raters_that_are_not_there():
    levels = label_levels(LABELS)
    assert list(levels) == ["human", "gpt4", "gpt4_alt", "gpt4_automation"]
    assert levels["human"].tolist() == [0, 2, 1, 0]
    assert levels["gpt4"].tolist() == [1, -1, 1, 0]
    assert levels["gpt4_automation"].tolist() == [0, 4, 1, 0]


def test_targets_are_ones_for_labels_and_missing_where_none_was_given():
    targets = label_targets(LABELS)
    np.testing.assert_array_equal(targets["human"][1], [0, 0, 1])
    assert np.isnan(targets["gpt4"][1]).all()
    np.testing.assert_allclose(targets["consensus"].sum(axis=1), 1)
    assert targets["consensus"][0, 0] > targets["consensus"][2, 0]


def test_rows_are_taken_from_every_head():
    part = rows_of(label_targets(LABELS), np.array([True, False, False, True]))
    assert {len(target) for target in part.values()} == {2}
    np.testing.assert_array_equal(one_hot(np.array([-1]), 3), [[np.nan] * 3])
