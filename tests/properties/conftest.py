"""Few examples, the same ones every time: a failure here can be looked at again."""

from hypothesis import settings

settings.register_profile("properties", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("properties")
