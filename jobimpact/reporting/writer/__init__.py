"""A language model rewords sentences of a report; what it writes is printed only where the claims bear it out."""
