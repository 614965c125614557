"""What the commands of the paper's evolved results share: table 1, figures 2 and 3."""
