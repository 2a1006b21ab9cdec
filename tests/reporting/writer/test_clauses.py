"""What is said of one part of a sentence is not said of another."""


def test_sound_rewordings_and_lies(judged):
    judged("clauses")
