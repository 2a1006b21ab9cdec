"""What AI systems can do, as sentences in a TOML file: the package's own and the user's."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from jobimpact.errors import InputError
from jobimpact.paths import packaged

if TYPE_CHECKING:
    from collections.abc import Mapping

Maturity = Literal["in use", "emerging", "research"]

_ROOT = "capabilities"
_NAME = re.compile(r"[a-z][a-z0-9_]*")  # ends the name of a column
# exposure_alpha and so on are columns of other tables.
_TAKEN = frozenset({"alpha", "beta", "gamma", "automation"})
_KINDS: dict[str, tuple[type, str]] = {"str": (str, "text"), "bool": (bool, "true or false"), "int | None": (int, "a year")}


@dataclass(frozen=True)
class Capability:
    """Something that an AI system can do.

    Attributes
    ----------
    statements
        Sentences that say what it does, worded like tasks.
    description
        What such a system does and where it stops.
    physical
        Whether it has to be on the spot, with sensors or a body of its own.
    language_model
        Whether it is a language model or software built on one, as in the rubric of Eloundou et al. 2024
        (doi:10.1126/science.adj0998); only of these do labels say anything.
    since, maturity, source
        Year from which `source`, a public benchmark or report, documents such systems.
    """

    title: str
    statements: tuple[str, ...]
    title_zh: str = ""
    description: str = ""
    physical: bool = False
    language_model: bool = False
    since: int | None = None
    maturity: str = ""
    source: str = ""


def read_capabilities(path: str | Path | None = None) -> dict[str, Capability]:
    """Read capabilities by name from a TOML file such as data/capabilities.toml, the default.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, if a capability has no title or no statements, a value of
        another type, an unknown field or name, or if a statement stands twice.

    Examples
    --------
    >>> capabilities = read_capabilities()
    >>> capabilities["translation"].title, capabilities["robot_manipulation"].physical
    ('Translation', True)
    """
    path = packaged("data", "capabilities.toml") if path is None else Path(path)
    entries = _read_entries(path)
    capabilities = {name: _capability(path, name, entry) for name, entry in entries.items()}
    _check_repeats(path, capabilities)
    return capabilities


def capabilities_hash(capabilities: Mapping[str, Capability]) -> str:
    """Return the SHA-256 over names and statements, in order: what scores depend on."""
    content = json.dumps([[name, *capability.statements] for name, capability in capabilities.items()], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _read_entries(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected a TOML file of capabilities: check the path") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a TOML file of capabilities") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8 text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not valid TOML ({reason}): mend that line; a name may stand only once") from error
    entries = content.get(_ROOT)
    if not isinstance(entries, dict) or not entries:
        raise InputError(
            f"{path}: found no table [{_ROOT}.NAME]{_meant(_ROOT, content)}; expected one for each technology: "
            f"see data/{_ROOT}.toml"
        )
    others = [key for key in content if key != _ROOT]
    if others:
        raise InputError(f"{path}: found {others[0]!r} beside [{_ROOT}.NAME]; expected nothing else: remove or rename it")
    return entries


def _capability(path: Path, name: str, entry: Any) -> Capability:
    location = f"{path}: [{_ROOT}.{name}]"
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise InputError(
            f"{location}: this name cannot be the end of a column exposure_{name}; expected a-z, 0-9 and _, starting with a "
            f"letter, and none of {', '.join(sorted(_TAKEN))}: choose another"
        )
    if not isinstance(entry, dict):
        raise InputError(
            f"{path}: found a value {name!r} in [{_ROOT}]; expected a table [{_ROOT}.{name}] with title and statements"
        )
    _check_fields(location, entry)
    return Capability(**{**entry, "statements": _statements(f"{location} statements", entry["statements"])})


def _check_fields(location: str, entry: dict[str, Any]) -> None:
    kinds = {field.name: str(field.type) for field in fields(Capability)}
    for key in entry:
        if key not in kinds:
            raise InputError(f"{location}: found unknown field {key!r}{_meant(key, kinds)}; expected {', '.join(kinds)}")
    for key in ("title", "statements"):
        if key not in entry:
            raise InputError(f"{location}: has no {key}; expected title and statements at least: add it")
    for key, value in entry.items():
        if key != "statements":
            _check_value(f"{location} {key}", value, kinds[key])
    if entry.get("maturity", "in use") not in get_args(Maturity):
        raise InputError(f"{location} maturity: found {entry['maturity']!r}; expected one of {', '.join(get_args(Maturity))}")
    if not entry["title"].strip():
        raise InputError(f"{location} title: is empty; expected a few words")


def _check_value(place: str, value: Any, kind: str) -> None:
    expected, words = _KINDS[kind]
    # In Python true is a number, in TOML it is not.
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise InputError(f"{place}: found {value!r}; expected {words}")


def _statements(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError(f'{place}: found {value!r}; expected a list of sentences in brackets, ["...", "..."]')
    if not value:
        raise InputError(f"{place}: is an empty list; expected at least one sentence")
    for number, statement in enumerate(value, 1):
        if not isinstance(statement, str) or not any(sign.isalpha() for sign in statement):
            raise InputError(f"{place}: number {number} is {statement!r}; expected a sentence in quotation marks")
    return tuple(" ".join(statement.split()) for statement in value)


def _check_repeats(path: Path, capabilities: Mapping[str, Capability]) -> None:
    owners: dict[str, str] = {}
    for name, capability in capabilities.items():
        for statement in capability.statements:
            before = owners.setdefault(statement.casefold(), name)
            seen = sum(other.casefold() == statement.casefold() for other in capability.statements)
            if before != name or seen > 1:
                where = name if before == name else f"{before} and {name}"
                raise InputError(f"{path}: found {statement!r} twice, in {where}; expected every statement once: remove one")


def _meant(word: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
