"""holefill's package: the checkout's root is the package."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
FOLDERS = ["commands", "datasets", "models", "losses", "methods", "blending", "training", "metrics"]
VERSION = next(
    line.split('"')[1] for line in (ROOT / "__init__.py").read_text().splitlines() if line.startswith("__version__")
)

setup(
    name="holefill",
    version=VERSION,
    package_dir={"holefill": "."},
    packages=["holefill"] + [f"holefill.{p}" for p in find_packages(".", include=FOLDERS)],
    python_requires=">=3.11",
)
