"""Reports: claims bound to table cells, prose made of claims, figures, and one self-contained page."""
