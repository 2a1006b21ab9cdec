"""Which figure is part of which, and which of two it is."""


def test_sound_rewordings_and_lies(judged):
    judged("pairs")
