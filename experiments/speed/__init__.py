"""What ``benchmark`` and ``peers`` share: cases to time, their timing, and evosax's strategies."""
