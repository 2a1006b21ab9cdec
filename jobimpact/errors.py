"""Every exception and warning of the package, in one flat list.

A message says what was found (first offenders), what was expected and what to do. The command line prints it as
one line and ends with exit code 2.
"""


class JobImpactError(Exception):
    """Parent of all errors that a user can mend."""


class InputError(JobImpactError):
    """A user's table or argument is not what was expected."""


class SourceError(JobImpactError):
    """A publisher's file is missing, truncated, of another release or of another layout."""


class ModelError(JobImpactError):
    """A model cannot be found, does not match its hash, or does not fit the trained heads."""


class StudyError(JobImpactError):
    """A study folder is missing, incomplete or cannot be written."""


class JobImpactWarning(UserWarning):
    """Parent of all warnings; each names what was left out and how many rows it concerns."""


class EmptyTextWarning(JobImpactWarning):
    """Rows without text got missing scores."""


class DuplicateTaskWarning(JobImpactWarning):
    """The same task identifier stands in several rows."""


class LongTextWarning(JobImpactWarning):
    """Texts longer than the encoder reads were cut at its limit."""


class CodeWarning(JobImpactWarning):
    """Occupation codes were repaired or could not be used."""


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


class FontWarning(JobImpactWarning):
    """A file relies on fonts of its readers; what to install so that it carries them is named."""
