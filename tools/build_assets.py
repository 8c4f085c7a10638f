"""Builds views/static from tools/assets: styles by Sass, scripts joined, names carrying a hash of the content.

Run it after changing a style or a pinned version: `python tools/build_assets.py`. The result is committed, so nobody
who runs Fanlight needs Node. `--check` builds into memory and fails where the committed files differ.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
MODULES = ASSETS / "node_modules"
STATIC = Path(__file__).parents[1] / "views" / "static"

#: Rules that draw a picture: we ship no pictures from these packages, so the rules would ask for files that are absent.
PICTURE_RULE = re.compile(r"[^{}]+\{[^{}]*url\([^{}]*\}")
SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")

PACKAGES = {
    "styles.css": ("govuk-frontend", "@ministryofjustice/frontend"),
    "page.js": ("govuk-frontend",),
    "live.js": ("htmx.org",),
    "icon.svg": (),
}


def install() -> None:
    """Fetch exactly the packages of the lock file, without running any script of theirs."""
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ASSETS, check=True)


def styles() -> bytes:
    """One style sheet: GOV.UK Frontend, MoJ Frontend and our own."""
    command = [
        "npx", "--no-install", "sass", "--style=compressed", "--no-source-map", "--quiet-deps", "--quiet",
        "--load-path=.", "--load-path=src", "src/main.scss",
    ]  # fmt: skip
    css = subprocess.run(command, cwd=ASSETS, check=True, capture_output=True, text=True).stdout
    return PICTURE_RULE.sub("", css).encode()


def page_script() -> bytes:
    """GOV.UK Frontend's behaviour and the chart's keys, as one module."""
    govuk = (MODULES / "govuk-frontend/dist/govuk/govuk-frontend.min.js").read_text(encoding="utf-8")
    body, _, _ = govuk.rpartition("export{")
    return (body + "\n" + (ASSETS / "src/page.js").read_text(encoding="utf-8")).encode()


def live_script() -> bytes:
    """htmx with its event stream extension in one file: as two deferred scripts they race, and some loads lose."""
    parts = ("htmx.min.js", "ext/hx-sse.min.js")
    texts = [(MODULES / "htmx.org/dist" / part).read_text(encoding="utf-8") for part in parts]
    return ";\n".join(SOURCE_MAP.sub("", text).rstrip() for text in texts).encode() + b"\n"


def build() -> dict[str, bytes]:
    """Every file of views/static by name."""
    sources = {
        "styles.css": styles(),
        "page.js": page_script(),
        "live.js": live_script(),
        "icon.svg": (ASSETS / "src/icon.svg").read_bytes(),
    }
    versions = json.loads((ASSETS / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    files: dict[str, bytes] = {}
    manifest = {}
    for name, content in sources.items():
        digest = hashlib.sha256(content).hexdigest()
        stem, _, suffix = name.partition(".")
        hashed = f"{stem}.{digest[:12]}.{suffix}"
        files[hashed] = content
        manifest[name] = {
            "file": hashed,
            "sha256": digest,
            "made_from": [f"{package} {versions[package]}" for package in PACKAGES[name]],
        }
    files["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    return files


def committed() -> dict[str, bytes]:
    """What views/static holds now."""
    return {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file()}


def write(files: dict[str, bytes]) -> None:
    """Replace views/static with these files."""
    STATIC.mkdir(exist_ok=True)
    for name in committed().keys() - files.keys():
        (STATIC / name).unlink()
    for name, content in files.items():
        (STATIC / name).write_bytes(content)


def main() -> int:
    """Build, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where views/static is not what would be built")
    parser.add_argument("--no-install", action="store_true", help="use the packages already in tools/assets")
    options = parser.parse_args()
    if not options.no_install:
        install()
    files = build()
    if not options.check:
        write(files)
        return 0
    if files == committed():
        return 0
    print("views/static differs from what tools/assets builds: run tools/build_assets.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
