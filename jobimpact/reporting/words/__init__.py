"""Words of a report: number formats, sentences, narratives by report, the phrasebook and what language models may do with it."""
