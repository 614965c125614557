"""What ``theory`` checks: the set-up of each statement, and its figure."""
