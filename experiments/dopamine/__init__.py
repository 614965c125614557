"""What `table2` is made of: hidden layers, readings of the rules, controls, rows, report."""
