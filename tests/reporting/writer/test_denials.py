"""What is denied, and what is said to be alone, stays so."""


def test_sound_rewordings_and_lies(judged):
    judged("denials")
