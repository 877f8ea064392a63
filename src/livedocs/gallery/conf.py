"""Sphinx's configuration for a gallery; `livedocs.gallery.build` runs it."""

import os

from livedocs.gallery.execution import capture

project = "gallery"
root_doc = "gallery/index"
extensions = [
    "sphinx_gallery.gen_gallery",
    "sphinx_markdown_builder",
    "livedocs.gallery.markdown",
]
smartquotes = False  # the site decides about its quotation marks
suppress_warnings = [
    "config.cache",  # of `capture` below: each build starts afresh
    "sphinx_gallery.space_in_filename",  # a folder above the book may have one
]

sphinx_gallery_conf = {
    "examples_dirs": os.environ["LIVEDOCS_GALLERY_EXAMPLES"],
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"[/\\]_[^/\\]*\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": (
        "livedocs.gallery.execution.scrape_output",
        "livedocs.gallery.execution.scrape_figures",
    ),
    "reset_argv": "livedocs.gallery.execution.reset_argv",
    "reset_modules": ("matplotlib", "livedocs.gallery.execution.set_style"),
    # The documented hook around each cell's execution; it measures no memory here.
    "show_memory": capture,
    "capture_repr": (),  # a script prints, it has no "last value"
    "remove_config_comments": True,
    "min_reported_time": float("inf"),  # the page has its own note
    "write_computation_times": False,  # that page loads scripts from a CDN
    "download_all_examples": False,
    "show_signature": False,
}
