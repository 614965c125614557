"""What ``benchmark`` and ``peers`` share: cases, timing, evosax's strategies; and the peers."""
