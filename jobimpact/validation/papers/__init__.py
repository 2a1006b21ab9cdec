"""Published figures, computed anew from the publishers' files: one module per paper or family of papers."""
