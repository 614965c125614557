"""What the pages' builder, Sphinx, is taught: links, descriptions of fields, tables of results."""
