"""Lighthouse's marks of the book's pages beside those of a default Material site.

Both have the same finished pages and the same server; the marks are those of a phone
on a slow line, as Lighthouse simulates it. Run by `nox -s lighthouse`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from serving import serving

ROOT = Path(__file__).parents[2]
LIGHTHOUSE = "lighthouse@12.8.2"
MARKS = ("performance", "accessibility", "best-practices", "seo")
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"


def main() -> None:
    """Print the table; fail where the book is below its marks."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None or not shutil.which("npx"):
        sys.exit("Lighthouse needs Chromium and npm: one of them is not on PATH")
    site = ROOT / "site"
    pages = ["index.html", longest(site), "gallery/index.html"]
    low = []
    print(f"{'page':24} {'site':8} {'KB':>5} " + " ".join(f"{m:>14}" for m in MARKS))
    with tempfile.TemporaryDirectory() as folder:
        default = build_default(Path(folder))
        # The default theme needs scripts within its pages, which the policy forbids.
        with serving(site) as ours, serving(default, policy="") as theirs:
            for page in pages:
                for name, server in (("book", ours), ("default", theirs)):
                    marks, size = marks_of(server.address + page, browser)
                    cells = " ".join(f"{marks[each]:14.0f}" for each in MARKS)
                    print(f"{page:24} {name:8} {size / 1000:5.0f} {cells}", flush=True)
                    if name == "book":
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


def marks_of(address: str, browser: str) -> tuple[dict[str, float], int]:
    """Lighthouse's marks, of 100, and the bytes that were transferred."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(MARKS)}"]
    ran = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"CHROME_PATH": browser},
        timeout=300,
    )
    found = json.loads(ran.stdout)
    for each in found["audits"].values():
        if each["score"] is not None and each["score"] < 0.9 and "-v" in sys.argv:
            print(f"    {each['id']}: {each.get('displayValue', each['title'])}")
    marks = {name: found["categories"][name]["score"] * 100 for name in MARKS}
    return marks, int(found["audits"]["total-byte-weight"]["numericValue"])


if __name__ == "__main__":
    main()
