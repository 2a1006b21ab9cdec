"""Lists of names stay whole and in order."""


def test_sound_rewordings_and_lies(judged):
    judged("lists")
