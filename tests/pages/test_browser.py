"""A page in a browser, where there is one."""

import re
import shutil
import subprocess

import matplotlib.image
import numpy as np
import pytest

from tests.pages.reading import report

BROWSERS = "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


FRAMES = """<!DOCTYPE html><body style="margin:0"><iframe src="report.html"
style="border:0; width:{width}px; height:{height}px"></iframe><pre></pre><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const wide = [...page.querySelectorAll("body *")].filter(
    (e) => !e.closest(".scroll > *") && e.getBoundingClientRect().right > {width} + 1);
  document.querySelector("pre").textContent =
    [page.documentElement.scrollWidth, page.documentElement.clientWidth, wide.length].join(" ");
}}</script>"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason=f"there is none of {BROWSERS}")
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_nothing_overflows(width, run, tmp_path):
    """In a frame of that width, as a window is never narrower than 500 pixels."""
    other = shutil.copytree(run, tmp_path / ("a-long-name-" * 8))
    report(run, other, output=tmp_path / "report.html")
    (tmp_path / "frames.html").write_text(FRAMES.format(width=width, height=9000))

    def browser(*arguments):
        command = [
            CHROMIUM, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox",
            "--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={max(width, 500)},9000", *arguments,
            (tmp_path / "frames.html").as_uri(),
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    measured = re.search(r"<pre>(\d+) (\d+) (\d+)</pre>", browser("--dump-dom").stdout)
    assert tuple(map(int, measured.groups())) == (width, width, 0)
    browser(f"--screenshot={tmp_path / 'shot.png'}")
    pixels = matplotlib.image.imread(tmp_path / "shot.png")[:, :width, :3]
    ink = (np.ptp(pixels.reshape(len(pixels), -1), axis=1) > 0.2).mean()
    assert ink > 0.3  # of the rows have something in them
