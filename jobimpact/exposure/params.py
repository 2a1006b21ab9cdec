"""Estimators without scikit-learn: their settings as it asks for them, and what they learnt, on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np

from jobimpact.errors import InputError, ModelError


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


@contextmanager
def stored_arrays(path: str | Path, kind: str, remedy: str) -> Iterator[dict[str, np.ndarray]]:
    """Give the arrays of an .npz by name; what is wrong with the file, or in the block with them, is a ModelError."""
    try:
        # Weights come from strangers too: a pickle among them could run any code.
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        yield arrays
    except (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, BadZipFile) as error:
        raise ModelError(f"{path} cannot be read as {kind} ({error}): {remedy}") from error
