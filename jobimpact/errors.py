"""Every exception and warning of the package, in one flat list.

A message says what was found (first offenders), what was expected and what to do. The command line prints it as
one line and ends with exit code 2.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType


class JobImpactError(Exception):
    """Parent of all errors that a user can mend.

    Parameters
    ----------
    message
        What was found, what was expected, what to do. A parameter of the function that was called stands in it as ``{name}``.
    parameters
        Those that do. A Python caller reads their names; the command line sets `names` to its options.

    Examples
    --------
    >>> error = JobImpactError("found {draw} without {out}", parameters=("draw", "out"))
    >>> str(error)
    'found draw without out'
    >>> error.names = {"draw": "--draw", "out": "--out"}
    >>> str(error)
    'found --draw without --out'
    """

    names: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, *, parameters: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.parameters = tuple(parameters)

    def __str__(self) -> str:
        message = str(self.args[0])
        for parameter in self.parameters:
            message = message.replace(f"{{{parameter}}}", self.names.get(parameter, parameter))
        return message


class InputError(JobImpactError):
    """A user's table or argument is not what was expected."""


class SourceError(JobImpactError):
    """A publisher's file is missing, truncated, of another release or of another layout."""


class ModelError(JobImpactError):
    """A model cannot be found, does not match its hash, or does not fit the trained heads."""


class StudyError(JobImpactError):
    """A study folder is missing, incomplete or cannot be written."""


class JobImpactWarning(UserWarning):
    """Parent of all warnings; each names what was left out and how many rows it concerns.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> from jobimpact import regress
    >>> data = pd.DataFrame({"wage": [1.0, 2.0, 2.0, 3.0, 4.0], "exposure": [0.0, 0.5, 0.5, 1.0, None]})
    >>> with warnings.catch_warnings(record=True) as messages:
    ...     warnings.simplefilter("always", JobImpactWarning)
    ...     fit = regress(data, "wage", "exposure")
    >>> print(messages[0].message)
    1 of 5 rows are left out of the regression, with 20.00 % of weight: ...
    """


class EmptyTextWarning(JobImpactWarning):
    """Rows without text got missing scores."""


class LongTextWarning(JobImpactWarning):
    """Texts longer than the encoder reads were cut at its limit."""


class CodeWarning(JobImpactWarning):
    """Occupation codes were repaired or could not be used."""


class RowsWarning(JobImpactWarning):
    """A file may have more rows than were read."""


class CoverageWarning(JobImpactWarning):
    """Part of employment found no partner in a merge."""


class MissingAnswerWarning(JobImpactWarning):
    """Questions to a language model got no usable answer."""


class UntriedWordsWarning(JobImpactWarning):
    """Words beyond the limit of an explanation were not left out in turn."""


class SourceDefectWarning(JobImpactWarning):
    """A publisher's file has defects that could be mended; each is named."""


class MissingScoreWarning(JobImpactWarning):
    """A score is missing for every row; the reason is named."""


class EarlierStudyWarning(JobImpactWarning):
    """A study of an earlier version lacks what this one states; what is left out is named."""


class PredictionErrorWarning(JobImpactWarning):
    """A correction for measurement error was given the error of a prediction, which needs none; the column is named."""


class FontWarning(JobImpactWarning):
    """A file relies on fonts of its readers; what to install so that it carries them is named."""
