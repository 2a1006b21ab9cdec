"""Which heads a study was made with, as one hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobimpact.exposure.heads.rubric import RubricHeads


def heads_hash(heads: RubricHeads) -> str:
    """Return the SHA-256 over the arrays of the heads."""
    digest = hashlib.sha256()
    for member in heads.members_:
        for name in sorted(member):
            digest.update(name.encode() + member[name].astype("<f2").tobytes())
    return digest.hexdigest()
