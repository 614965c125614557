"""A run of evolution: its options, its parts, its folder and its summary."""
