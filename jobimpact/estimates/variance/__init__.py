"""The variance ledger: how far every estimate may be off, by component."""
