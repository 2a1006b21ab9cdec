"""Ranks are of the same thing and the same names."""


def test_sound_rewordings_and_lies(judged):
    judged("orders")
