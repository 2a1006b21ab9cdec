"""Which figures a text gives to the country."""

from jobimpact.reporting.words.narrative import Name, Sentence
from jobimpact.reporting.writer.verify import verify


def test_sound_rewordings_and_lies(judged):
    judged("places")


def test_an_earlier_pair_tells_the_order_of_a_later_one(claim):
    shares = [claim(f"{part} %", str(n), table="mix_majors", column=column, value=part / 100, unit="percent", kind="share")
              for n, pair in enumerate(((4.0, 10.2), (0.1, 3.8)))
              for part, column in zip(pair, ("covered_share", "covered_share_all"), strict=True)]  # fmt: skip
    sales, building = Name("Sales Occupations", "mix_majors", "0"), Name("Building Occupations", "mix_majors", "1")
    sentence = Sentence("raising", "body", (
        "The figure is raised most by the shares of covered jobs in ", sales, " (", shares[0], " here, ", shares[1],
        " in the country) and ", building, " (", shares[2], " here, ", shares[3], " in the country).",
    ), tuple(shares))  # fmt: skip
    led = "The figure is raised most by the shares of covered jobs in"
    told = f"{led} Sales Occupations (4.0 % here against 10.2 % in the country) and"
    assert verify(f"{told} Building Occupations (0.1 % against 3.8 %).", sentence).accepted
    assert not verify(f"{told} Building Occupations (3.8 % against 0.1 %).", sentence).accepted
