"""Files of capabilities: what is read, and every way in which one can be wrong."""

import re

import pytest
from support.capability_files import OWN, write_file

from jobimpact.errors import InputError
from jobimpact.exposure.capabilities.file import Capability, capabilities_hash, read_capabilities
from jobimpact.paths import packaged


class TestFile:
    def test_every_shipped_capability_is_documented(self):
        capabilities = read_capabilities()
        assert 12 <= len(capabilities) <= 20
        for name, capability in capabilities.items():
            assert 5 <= len(capability.statements) <= 10, name
            assert capability.title_zh
            assert capability.description
            assert 2010 <= capability.since <= 2026, name
            assert "arXiv:" in capability.source or "doi:" in capability.source, name
            assert capability.maturity, name
        assert {name for name, capability in capabilities.items() if capability.physical} == {
            "robot_manipulation",
            "mobile_robots",
        }

    def test_the_head_of_the_file_names_every_field(self):
        head = packaged("data", "capabilities.toml").read_text(encoding="utf-8").partition("\n[capabilities")[0]
        for field in Capability.__dataclass_fields__:
            assert f"\n# {field} " in head, field

    def test_the_example_in_its_head_is_a_file_that_works(self, tmp_path):
        head = packaged("data", "capabilities.toml").read_text(encoding="utf-8").partition("\n\n[capabilities")[0]
        example = "\n".join(line[6:] for line in head.splitlines() if re.match(r"#     \S", line))
        capabilities = read_capabilities(write_file(tmp_path, example))
        assert list(capabilities) == ["my_tech"]
        assert len(capabilities["my_tech"].statements) == 2
        assert not capabilities["my_tech"].physical

    def test_a_byte_order_mark_and_blanks_do_no_harm(self, tmp_path):
        path = write_file(tmp_path, "\ufeff" + OWN.replace("under water", " under\twater "))
        assert read_capabilities(path)["diver"].statements == ("Inspect the hulls of ships under water",)

    def test_the_hash_is_of_names_and_statements_only(self):
        one = {"a": Capability("A", ("Fly",))}
        assert capabilities_hash(one) == capabilities_hash({"a": Capability("Other", ("Fly",), physical=True)})
        assert len({capabilities_hash(other) for other in (one, {"b": one["a"]}, {"a": Capability("A", ("Swim",))})}) == 3

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", r"found no table \[capabilities.NAME\]; expected one for each technology"),
            ('[capability.a]\ntitle = "A"', r"found no table .* \(did you mean 'capability'\?\)"),
            ("capabilities = 3", "found no table"),
            ("[capabilities]", "found no table"),
            (f"extra = 1\n{OWN}", "found 'extra' beside"),
            ("[capabilities]\na = 3", "found a value 'a' in"),
            ("[capabilities.a\ntitle = 3", "not valid TOML .*line 1"),
            (OWN + OWN, r"not valid TOML \(.*twice.*a name may stand only once"),
            ('[capabilities.a]\nstatements = ["Fly"]', r"\[capabilities.a\]: has no title"),
            ('[capabilities.a]\ntitle = "A"', r"\[capabilities.a\]: has no statements"),
            ('[capabilities.a]\ntitle = "A"\nstatement = ["Fly"]', r"unknown field 'statement' \(did you mean 'statements'\?\)"),
            ('[capabilities.a]\ntitle = "A"\nstatements = []', "statements: is an empty list; expected at least one"),
            ('[capabilities.a]\ntitle = "A"\nstatements = "Fly"', "statements: found 'Fly'; expected a list"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["Fly", 3]', "statements: number 2 is 3; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = [" "]', "statements: number 1 is ' '; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["12"]', "statements: number 1 is '12'; expected a sentence"),
            ('[capabilities.a]\ntitle = "A"\nstatements = ["Fly", "fly"]', "found 'Fly' twice, in a;"),
            (OWN + OWN.replace("capabilities.diver", "capabilities.b"), "found 'Inspect .* twice, in diver and b"),
            ('[capabilities.a]\ntitle = " "\nstatements = ["Fly"]', "title: is empty"),
            ('[capabilities.a]\ntitle = 3\nstatements = ["Fly"]', "title: found 3; expected text"),
            (f"{OWN}physical = 1", "physical: found 1; expected true or false"),
            (f"{OWN}since = true", "since: found True; expected a year"),
            (f'{OWN}maturity = "old"', "maturity: found 'old'; expected one of in use, emerging, research"),
            ('[capabilities.Big-Robot]\ntitle = "A"\nstatements = ["Fly"]', "this name cannot be the end of a column"),
            ('[capabilities.beta]\ntitle = "A"\nstatements = ["Fly"]', "none of alpha, automation, beta, gamma"),
        ],
    )  # fmt: skip
    def test_bad_files_get_one_line(self, tmp_path, text, message):
        with pytest.raises(InputError, match=message) as caught:
            read_capabilities(write_file(tmp_path, text))
        assert "\n" not in str(caught.value)
        assert str(tmp_path / "my.toml") in str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path):
        with pytest.raises(InputError, match="no such file"):
            read_capabilities(tmp_path / "none.toml")
        with pytest.raises(InputError, match="cannot be read"):
            read_capabilities(tmp_path)
        path = tmp_path / "latin.toml"
        path.write_bytes(OWN.replace("Diving", "Pr\xfcf").encode("latin-1"))
        with pytest.raises(InputError, match="byte 32 is not UTF-8"):
            read_capabilities(path)
