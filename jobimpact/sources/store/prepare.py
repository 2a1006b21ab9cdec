"""Files of a source before they are kept: copied or unpacked, read once, their release told."""

import shutil
from pathlib import Path

from jobimpact.errors import SourceError
from jobimpact.facts.registry import Source, SourcePart, load_function
from jobimpact.sources.store.archives import MAX_BYTES, extract_zip, is_zip
from jobimpact.sources.store.folder import find_damage, read_record, visible_files

UNKNOWN_RELEASE = "unknown"


def place_download(path: Path, prepared: Path) -> list[Path]:
    """Move a downloaded file into `prepared`, or unpack an archive into a folder of its name there."""
    if is_zip(path):
        return extract_zip(path, prepared / path.stem)
    return [Path(shutil.copy2(path, prepared / path.name))]


def copy_in(source: Source, path: Path, prepared: Path) -> None:
    """Copy what a user has into the new folder `prepared`, under the name of the folder or archive that it was in.

    Publishers name the release in the folder as often as in the file, so that name is kept.
    """
    if is_zip(path):
        extract_zip(path, prepared / path.stem)
        return
    if path.is_file() and not any(part.matches(path) for part in source.parts):
        raise SourceError(
            f"{path.name}: found no file of {source.name}; expected a name like {_patterns(source)}: "
            "give the file under the publisher's name, its folder or its zip"
        )
    folder = path.absolute() if path.is_dir() else path.absolute().parent
    files = visible_files(folder) if path.is_dir() else [path.absolute()]
    total = sum(file.stat().st_size for file in files)
    if total > MAX_BYTES:
        raise SourceError(
            f"{path}: found {total:,} bytes in it; expected the files of {source.name}, at most {MAX_BYTES:,}: "
            "give the folder that holds them alone"
        )
    for file in files:
        target = prepared / (folder.name or "files") / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


def join_kept(source: Source, home: Path, release: str, prepared: Path) -> dict[str, str]:
    """Copy the files of the same release that are kept beside those in `prepared`; return their origins."""
    record = read_record(home, source.name)
    if record is None or record.release != release or find_damage(home, record) is not None:
        return {}
    # By name alone: a publisher moves files between folders from release to release.
    new = {path.name.lower() for path in prepared.rglob("*")}
    origins = {}
    for location, file in record.files.items():
        if Path(location).name.lower() not in new:
            target = prepared / location
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(home / source.name / record.folder / location, target)
            origins[location] = file.origin
    return origins


def check_parts(source: Source, folder: Path, given: str, *, pulled: bool = False) -> str:
    """Read every part of a source that is in a folder, and return the release, which has to be one that the source admits.

    A download (`pulled`) must have all parts and the release of the registry. `given` is what errors call the folder.
    """
    parts = find_parts(source, folder)
    present = [part for part, _ in parts]
    missing = [part.pattern for part in source.parts if part.pulled and part not in present]
    if source.parts and (not parts or (pulled and missing)):
        raise SourceError(
            f"{given}: found no file like {missing[0] if parts else _patterns(source)}; expected the files of "
            f"{source.title}: get them at {source.homepage}"
        )
    releases = {_read_part(source, part, path) for part, path in parts} - {UNKNOWN_RELEASE}
    if len(releases) > 1:
        raise SourceError(
            f"{given}: found releases {', '.join(sorted(releases))}; expected files of one release: give those of one release"
        )
    unknown = source.release if pulled or source.release_from is None else UNKNOWN_RELEASE
    release = next(iter(releases), unknown)
    if release not in {source.release, UNKNOWN_RELEASE} and (pulled or not source.any_release):
        raise SourceError(
            f"{given}: found release {release}; expected {source.release} of {source.title}: get that one at {source.homepage}"
        )
    return release


def find_parts(source: Source, folder: Path) -> list[tuple[SourcePart, Path]]:
    """Return the parts of a source that are in a folder or below it, each with its file, by path."""
    return [(part, path) for path in visible_files(folder) for part in source.parts if part.matches(path)]


def _read_part(source: Source, part: SourcePart, path: Path) -> str:
    """Read a part and return its release, unknown where nothing tells it."""
    try:
        part.read(path)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceError(f"{path.name}: cannot be read ({reason}); expected {source.title}: get it again") from error
    release = load_function(source.release_from)(path) if source.release_from else None
    return release or UNKNOWN_RELEASE


def _patterns(source: Source) -> str:
    return ", ".join(repr(part.pattern) for part in source.parts)
