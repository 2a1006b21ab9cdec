"""Readers of the publishers' own files, one module per publisher: file in, tidy table out."""
