"""Texts made false by rule are refused, sound rewordings by rule are accepted."""

import random
from collections import Counter

from jobimpact.reporting.writer.verify import verify

FALSE, SOUND = 500, 500
SOUND_SHARE = 0.95  # the bound that this part was built for


def test_every_sentence_bears_itself_out(sentences, ledger):
    for sentence in sentences:
        assert verify(f" {sentence.text}", sentence, ledger).accepted
        # Another form, so that the words are read and not only compared.
        assert verify(sentence.text.replace("exposure", "Exposure"), sentence, ledger).accepted, sentence.text


def test_every_corrupted_text_is_refused(sentences, ledger, corruptions, paraphrases):
    dice = random.Random(20240501)
    others = sorted({claim.row_title for claim in ledger if claim.kind in ("value", "share", "rank")})
    made = Counter()
    while made.total() < FALSE:
        sentence = dice.choice(sentences)
        text = sentence.text if dice.random() < 0.4 else paraphrases.paraphrase(sentence, dice) or sentence.text
        # A corruption of a text that is refused as it is would prove nothing.
        if not verify(text, sentence, ledger).accepted:
            continue
        kind = dice.choice(list(corruptions.KINDS))
        false = corruptions.corrupt(kind, text, sentence, others, dice)
        if false is None:
            continue
        made[kind] += 1
        verdict = verify(false, sentence, ledger)
        assert not verdict.accepted, f"{kind}\n{text}\n{false}"
        assert verdict.reasons
    assert set(made) == set(corruptions.KINDS)


def test_sound_rewordings_are_accepted(sentences, ledger, paraphrases):
    dice = random.Random(7)
    accepted, refused = 0, []
    while accepted + len(refused) < SOUND:
        sentence = dice.choice(sentences)
        text = paraphrases.paraphrase(sentence, dice)
        if text is None:
            continue
        verdict = verify(text, sentence, ledger)
        accepted += verdict.accepted
        refused += [] if verdict.accepted else [(text, verdict.reasons)]
    assert accepted >= SOUND_SHARE * SOUND, refused[:5]
