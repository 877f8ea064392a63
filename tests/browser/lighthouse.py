"""Lighthouse's marks of the book's pages beside those of a default Material site.

Both have the same finished pages and the same server; the marks are those of a phone
on a slow line, as Lighthouse simulates it. Each page is marked several times, the two
sites in turn, and the run with the median performance counts. Run by
`nox -s lighthouse`.

Lighthouse multiplies what the machine takes by four, so a busy one costs marks. The
last column is its own measure of the machine: quiet ones have 1,500 and more.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from serving import serving

ROOT = Path(__file__).parents[2]
LIGHTHOUSE = "lighthouse@12.8.2"
MARKS = ("performance", "accessibility", "best-practices", "seo")
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"
RUNS = 3
HEAD = "page site KB performance accessibility best-practices seo LCP TBT CLS machine"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of Lighthouse on a page.

    Attributes:
        marks: By category, of 100.
        size: Bytes transferred.
        largest_paint: Seconds until the largest piece of the first view is shown.
        blocked: Milliseconds for which the page could not have answered.
        shift: How far things moved, as a share of the view.
        machine: Lighthouse's index of the machine's speed.
        weak: What Lighthouse found wanting, a line each.
    """

    marks: Mapping[str, float]
    size: int
    largest_paint: float
    blocked: float
    shift: float
    machine: float
    weak: tuple[str, ...]

    def row(self, page: str, site: str) -> str:
        """A line of the table."""
        cells = [page, site, f"{self.size / 1000:.0f}"]
        cells += [f"{self.marks[each]:.0f}" for each in MARKS]
        cells += [f"{self.largest_paint:.1f} s", f"{self.blocked:.0f} ms"]
        return table_row([*cells, f"{self.shift:.2f}", f"{self.machine:.0f}"])


def table_row(cells: list[str]) -> str:
    """Cells in columns: names on the left, numbers on the right."""
    widths = (28, 8, 4, *map(len, MARKS), 6, 8, 5, 8)
    named = [
        f"{cell:{width}}" for cell, width in zip(cells[:2], widths[:2], strict=True)
    ]
    rest = zip(cells[2:], widths[2:], strict=True)
    return " ".join([*named, *(f"{cell:>{width}}" for cell, width in rest)])


def main() -> None:
    """Print the table; fail where the book is below its marks."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None or not shutil.which("npx"):
        sys.exit("Lighthouse needs Chromium and npm: one of them is not on PATH")
    site = ROOT / "site"
    pages = ["index.html", longest(site), "gallery/index.html"]
    low = []
    print(table_row(HEAD.split()))
    with tempfile.TemporaryDirectory() as folder:
        default = build_default(Path(folder))
        # The default theme needs scripts within its pages, which the policy forbids.
        with serving(site) as ours, serving(default, policy="") as theirs:
            for page in pages:
                sites = {"book": ours.address, "default": theirs.address}
                for name, run in median_runs(sites, page, browser).items():
                    print(run.row(page, name), flush=True)
                    if "-v" in sys.argv:
                        print("".join(f"    {each}\n" for each in run.weak), end="")
                    if name == "book":
                        marks = run.marks
                        low += [f"{page}: {m}" for m in MARKS if marks[m] < LEAST[m]]
    if low:
        sys.exit(f"below its mark: {', '.join(low)}")


def longest(site: Path) -> str:
    """The largest page of text."""
    pages = [path for path in site.glob("*.html") if path.stem != "404"]
    return max(pages, key=lambda path: path.stat().st_size).name


def build_default(folder: Path) -> Path:
    """The same pages as Material for MkDocs shows them if nothing is said."""
    ours = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader=_Loader)
    kept = ("nav", "markdown_extensions", "plugins", "use_directory_urls")
    config = {key: ours[key] for key in kept} | {
        "site_name": ours["site_name"],
        "docs_dir": str(ROOT / ".build" / "docs"),
        "theme": "material",
        "extra_css": ["livedocs.css"],
    }
    file = folder / "mkdocs.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "-q", "build"]
    command += ["-f", str(file), "-d", str(folder / "site")]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | quiet)
    return folder / "site"


class _Loader(yaml.SafeLoader):
    """Reads MkDocs' own tags as nothing."""


_Loader.add_multi_constructor("!", lambda *_: None)


def median_runs(sites: Mapping[str, str], page: str, browser: str) -> dict[str, Run]:
    """For each site, by its address, the run whose performance is the median."""
    runs: dict[str, list[Run]] = {name: [] for name in sites}
    for _ in range(RUNS):
        for name, address in sites.items():
            runs[name].append(run_of(address + page, browser))
    return {
        name: sorted(each, key=lambda run: run.marks["performance"])[RUNS // 2]
        for name, each in runs.items()
    }


def run_of(address: str, browser: str) -> Run:
    """Have Lighthouse mark a page."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(MARKS)}"]
    ran = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"CHROME_PATH": browser, "npm_config_loglevel": "error"},
        timeout=300,
    )
    found = json.loads(ran.stdout)
    audits: dict[str, Any] = found["audits"]
    return Run(
        {name: found["categories"][name]["score"] * 100 for name in MARKS},
        int(audits["total-byte-weight"]["numericValue"]),
        audits["largest-contentful-paint"]["numericValue"] / 1000,
        audits["total-blocking-time"]["numericValue"],
        audits["cumulative-layout-shift"]["numericValue"],
        found["environment"]["benchmarkIndex"],
        tuple(
            f"{each['id']}: {each.get('displayValue', each['title'])}"
            for each in audits.values()
            if each["score"] is not None and each["score"] < 0.9
        ),
    )


if __name__ == "__main__":
    main()
