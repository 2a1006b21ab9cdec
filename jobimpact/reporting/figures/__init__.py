"""Tables to plotly figures, and those to static SVG."""
