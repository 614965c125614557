"""A run's folder as a page: what is read of it, the network it evolved, its sections, the HTML."""
