"""What `frontier` is made of: samples of every size, methods with their settings, cells, report."""
