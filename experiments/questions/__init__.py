"""The paper's open questions, and some of its readers'."""
