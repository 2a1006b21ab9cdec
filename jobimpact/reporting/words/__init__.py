"""Words of a report: number formats, sentences, narratives by report."""
