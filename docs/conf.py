"""What Sphinx is told; ``python -m docs`` makes the pages."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # this checkout's package, installed or not

from docs._site import docstrings, extra, links, names, results, sources  # noqa: E402
from nne_jax import __version__  # noqa: E402

extra.check()

project = "nne_jax"
author = "the authors of nne_jax"
copyright = "the authors of nne_jax, Apache-2.0"
release = version = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.linkcode"]
exclude_patterns = ["_build", "_site", "**.ipynb_checkpoints"]

# pages: Markdown and notebooks, which are shown as they are
nb_execution_mode = "off"
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4  # as GitHub names them

# the reference: one page, made of the docstrings
autodoc_default_options = {"members": True, "special-members": "__call__"}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
highlight_language = "none"  # of what says nothing of its language
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Source", "returns_style")]
linkcode_resolve = sources.linkcode_resolve

html_theme = "sphinx_book_theme"
html_title = f"nne_jax {release}"
html_static_path = ["_static"]
html_css_files = ["own.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "navbar_persistent": [],
}


def setup(app):
    """Adds what is ours: links, descriptions of fields, names that link, tables of results."""
    for part in (docstrings, links, names, results, sources):
        part.setup(app)
    app.connect("builder-inited", stay_inside, priority=900)  # after myst-nb


def stay_inside(app):
    """Keeps myst-nb's copies of notebooks with what is cached: it writes them beside the pages."""
    folder = str(Path(app.doctreedir, "notebooks"))
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=folder)
