"""Settings of an estimator as scikit-learn reads and writes them, for classes that score without importing it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self

from jobimpact.errors import InputError


class Params:
    """What scikit-learn asks of an estimator, for a dataclass whose fields are its settings.

    `sklearn.base.clone`, grid search and cross-validation work with it. Inheriting from `BaseEstimator` would make every
    `jobimpact score` import scikit-learn, which takes longer than scoring.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        """Return the settings by name; `deep` changes nothing, as no setting is an estimator."""
        return {name: getattr(self, name) for name in self._param_names()}

    def set_params(self, **params: Any) -> Self:
        """Change settings and return the estimator."""
        for name, value in params.items():
            if name not in self._param_names():
                raise InputError(f"{type(self).__name__} has no setting {name!r}: use {', '.join(self._param_names())}")
            setattr(self, name, value)
        return self

    @classmethod
    def _param_names(cls) -> list[str]:
        return sorted(field.name for field in fields(cls) if field.init)  # type: ignore[arg-type]  # a dataclass

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator

        return BaseEstimator().__sklearn_tags__()
