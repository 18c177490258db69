#!/usr/bin/python3
"""Holds the documents to the tree: links and paths that they name exist, README's example is the one that is run.

    tools/check_docs.py
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ("*.md", "docs/**/*.md", "src/**/README.md", "tests/**/README.md", "bench/**/README.md")
# A path in backticks that begins so must be there. Parts in capitals are names to fill in.
PATH = re.compile(r"`((?:\./)?(?:src|tests|tools|docs|bench|cmake|proto)/[\w./-]*\w/?|\./dev|\.ci/run)`")
FILLED_IN = re.compile(r"\b[A-Z]{3,}\b(?<!README)(?<!ARCHITECTURE)(?<!HACKING)(?<!CHANGELOG)")


def problems_of(path):
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]* src=\"([^\"]+)\"", text):
        target = link[0] or link[1]
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"the link {target} leads nowhere"
    for name in PATH.findall(text):
        if not FILLED_IN.search(name) and not (ROOT / name).exists():
            yield f"`{name}` is not there"


def main():
    found = []
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            if "node_modules" not in path.parts:
                found += [f"{path.relative_to(ROOT)}: {problem}" for problem in problems_of(path)]
    example = (ROOT / "docs/examples/hello.js").read_text(encoding="utf-8")
    if f"```js\n{example}```" not in (ROOT / "README.md").read_text(encoding="utf-8"):
        found.append("README.md: its example is not docs/examples/hello.js")
    for folder in sorted((ROOT / "src").iterdir()):
        if folder.is_dir() and not list(folder.rglob("README.md")):
            found.append(f"src/{folder.name}: has no README.md")
    print("\n".join(found) if found else "docs: every link and path is there")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
