"""What hangs on what must stay so: no word changes its place in what is said."""


def test_sound_rewordings_and_lies(judged):
    judged("attachments")
