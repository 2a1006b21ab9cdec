"""Who does what, and what is weighted by what, stays so."""


def test_sound_rewordings_and_lies(judged):
    judged("subjects")
