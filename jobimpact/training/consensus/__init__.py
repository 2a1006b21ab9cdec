"""One label out of many raters'."""
