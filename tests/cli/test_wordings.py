import tomllib

from typer.testing import CliRunner

from jobimpact.cli.app import app


class Writer:
    """A model that turns a sentence round."""

    model_id = "w-1"

    def write(self, prompts, seed=None):
        for number, prompt in enumerate(prompts):
            text = prompt.rpartition("\n")[2]
            yield number, "So far, " + text[0].lower() + text[1:], ""


def test_proposals_are_written_for_a_person_to_read(tmp_path, monkeypatch):
    monkeypatch.setattr("jobimpact.exposure.rater.writing.text_backend", lambda *model: Writer())
    out = tmp_path / "proposals.toml"
    result = CliRunner().invoke(app, ["wordings", "propose", "--llm", "w", "--statement", "state.meaning", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Wordings by w-1: 1 to read, 5 refused" in result.output
    assert len(tomllib.loads(out.read_text(encoding="utf-8"))["proposals"]) == 1
