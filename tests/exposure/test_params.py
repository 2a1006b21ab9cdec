"""Estimators that do not import scikit-learn are still its estimators."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, ParameterGrid

from jobimpact.errors import InputError
from jobimpact.exposure.capabilities.scorer import CapabilityScorer
from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.heads.rubric import RubricHeads
from jobimpact.exposure.heads.usage import UsageHead
from jobimpact.training.consensus import Consensus

ESTIMATORS = [RubricHeads(hidden=8), UsageHead(epochs=3), DomainGauge(quantile=0.9), CapabilityScorer(intercept=1.0, slope=2.0),
              Consensus(position=0.2)]  # fmt: skip


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_clone_has_the_settings_and_nothing_learnt(estimator):
    copy = clone(estimator)
    assert type(copy) is type(estimator)
    assert copy.get_params() == estimator.get_params()
    assert not [name for name in vars(copy) if name.endswith("_")]
    name, value = next(iter(estimator.get_params().items()))
    assert copy.set_params(**{name: value}) is copy
    with pytest.raises(InputError, match="has no setting 'luck'"):
        copy.set_params(luck=1)


def test_cross_validation_keeps_groups_apart():
    rng = np.random.default_rng(0)
    vectors, codes = rng.normal(size=(60, 4)), np.repeat(np.arange(6), 10)
    targets = np.eye(3)[np.digitize(vectors[:, 0], [-0.5, 0.5])]
    heads = RubricHeads(epochs=2, batch_size=16, n_members=1)
    for settings in ParameterGrid({"hidden": [2, 4]}):
        for train, test in GroupKFold(3).split(vectors, groups=codes):
            fitted = clone(heads).set_params(**settings).fit(vectors[train], {"human": targets[train]})
            assert fitted.predict_proba(vectors[test])["human"].shape == (20, 3)
            assert len(fitted.members_[0]["hidden_b"]) == settings["hidden"]
