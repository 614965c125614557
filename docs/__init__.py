"""The documentation: ``python -m docs`` makes its pages."""
