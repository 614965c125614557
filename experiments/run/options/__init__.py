"""The options of a run, by what they are about; ``config.Config`` has them all."""
