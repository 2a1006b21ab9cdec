"""Every example of a docstring runs, in a folder with a study and the small files of a reader."""

import doctest
import importlib
import pkgutil
import shutil
from pathlib import Path

import pytest

import jobimpact

FILES = {
    "own.csv": (
        "occ,region,jobs,pay\n15-1252,North,1200,98000\n43-4051,North,5400,36000\n47-2061,North,3100,41000\n"
        "15-1252,South,300,91000\n43-4051,South,2500,33000\n47-2061,South,4000,39000\n"
    ),
    "my_tasks.csv": (
        "soc_code,title,task_id,task\n"
        "43-4051,Customer Service Representatives,1,Answer questions of customers by telephone and e-mail\n"
        "43-4051,Customer Service Representatives,2,Record complaints and pass them to the department in charge\n"
        "47-2061,Construction Laborers,3,Clear rubble from building sites and load it on trucks\n"
    ),
}


def example_modules():
    """Return the names of the modules whose source has an example; none is imported for that."""
    paths = {info.name: importlib.util.find_spec(info.name) for info in pkgutil.walk_packages(jobimpact.__path__, "jobimpact.")}
    return [name for name, spec in paths.items() if ">>> " in Path(spec.origin).read_text(encoding="utf-8")]


@pytest.fixture(scope="session")
def shared_data_home(starter_home, tmp_path_factory):
    """Return a data folder without publishers' files; vectors of texts are kept in it from module to module."""
    return shutil.copytree(starter_home, tmp_path_factory.mktemp("examples") / "data-home")


@pytest.mark.slow
# Examples run on a few tasks.
@pytest.mark.filterwarnings("ignore::jobimpact.errors.CoverageWarning")
@pytest.mark.parametrize("name", example_modules())
def test_examples_run(name, shared_data_home, tmp_path, monkeypatch, request):
    module = importlib.import_module(name)
    if "reports/study" in Path(module.__file__).read_text(encoding="utf-8"):
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / "study").symlink_to(request.getfixturevalue("starter_study"))
    for path, text in FILES.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOBIMPACT_DATA", str(shared_data_home))
    messages = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder().find(module):
        assert not any(doctest.SKIP in example.options for example in test.examples), f"{test.name} skips an example"
        runner.run(test, out=messages.append)
    assert not messages, "".join(messages)


@pytest.mark.parametrize("name", sorted(jobimpact._HOMES))
def test_every_public_name_has_an_example(name):
    # Not getattr(jobimpact, name): `jobimpact.run` is the module as well.
    public = getattr(importlib.import_module(jobimpact._HOMES[name]), name)
    examples = doctest.DocTestParser().get_examples(public.__doc__)
    assert any(example.want for example in examples), f"{name} has no example with an answer"
