"""Studies without a model, from tests/support/studies.py."""

from support.studies import (  # noqa: F401 - fixtures
    archive,
    changed,
    documents,
    folder,
    make_study,
    manifest,
    odd_statements,
    small_chinese_document,
    small_document,
    study,
)
