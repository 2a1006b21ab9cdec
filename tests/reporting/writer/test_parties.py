"""Comparisons of what a report is about: both parties have to be there, and the right one has to be higher."""


def test_sound_rewordings_and_lies(judged):
    judged("parties")
