"""Check this replication pack and make its report again from its tables: python rebuild.py.

First every file is compared with its SHA-256 in manifest.json, which needs nothing but Python. Then the installed package
jobimpact reads the tables, compares every claim with its cell, and writes the tables as CSV and the reports again; they must
have the same bytes as those of the pack. Ends with code 0 if all is well, else 1.
"""

import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Check the files, then rebuild; return the exit code."""
    try:
        files = dict(json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))["pack"]["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"FAILED  manifest.json: it is missing or lists no files ({type(error).__name__}): unpack the archive again")
        return 1
    wrong = 0
    for name, expected in files.items():
        problem = compare(HERE / name, expected)
        if problem:
            say(f"FAILED  {name}: {problem}")
            wrong += 1
    say(f"{len(files) - wrong} of {len(files)} files are those that were packed")
    if wrong:
        return 1
    try:
        from jobimpact.reporting.formats.pack.checks import check_pack
    except ImportError as error:
        say(f"FAILED  the report cannot be made again ({error}): pip install -r requirements.txt")
        return 1
    checks = check_pack(HERE)
    for check in checks:
        say(str(check))
    return 0 if all(check.passed for check in checks) else 1


def compare(path: Path, expected: str) -> str:
    """Return what is wrong with a file, empty if nothing is."""
    if not path.resolve().is_relative_to(HERE):
        return "it lies outside this folder: this is not the manifest that was packed"
    if not path.is_file():
        return "it is missing: unpack the archive again"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return "" if digest == expected else f"SHA-256 is {digest}, expected {expected}: this is not the file that was packed"


def say(line: str) -> None:
    """Print a line whatever the terminal can show."""
    sys.stdout.buffer.write(f"{line}\n".encode(sys.stdout.encoding or "utf-8", errors="replace"))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
