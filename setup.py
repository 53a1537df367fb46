"""holefill's package: the checkout's root is the package."""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FOLDERS = [
    "blending",
    "commands",
    "datasets",
    "evaluation",
    "faces",
    "losses",
    "methods",
    "methods.patches",
    "metrics",
    "models",
    "training",
    "watermark",
]
VERSION = next(
    line.split('"')[1] for line in (ROOT / "__init__.py").read_text().splitlines() if line.startswith("__version__")
)


class WithoutSetup(build_py):
    """The modules beside this file are the package's; this file is none of them."""

    def find_package_modules(self, package, package_dir):
        modules = super().find_package_modules(package, package_dir)
        return [module for module in modules if module[:2] != ("holefill", "setup")]


setup(
    name="holefill",
    version=VERSION,
    description="Fills holes in pictures: semantic completion, classical methods, their training and measurement",
    license="Apache-2.0",
    cmdclass={"build_py": WithoutSetup},
    package_dir={"holefill": "."},
    packages=["holefill"] + [f"holefill.{p}" for p in find_packages(".", include=FOLDERS)],
    include_package_data=False,
    package_data={"holefill.models": ["weights/*/*"]},
    python_requires=">=3.11,<3.14",  # what tensorflow 2.21 has wheels for
    install_requires=[
        "tensorflow>=2.21,<2.22",  # a minor release may move the numbers of a seeded search
        "keras>=3.14,<4",  # layers and keras.ops; 4 may rename
        "h5py>=3.11",  # VGG's weights come as HDF5; Keras has it anyway
        "numpy>=2.0",  # arrays everywhere; 2.0 settled how scalars promote
        "scipy>=1.13",  # sparse solves, distance transforms; first built for numpy 2
        "numba>=0.61",  # the multigrid solver's inner loops; first for numpy 2.1
        "opencv-contrib-python-headless>=5,<6",  # Telea, Navier-Stokes, seamlessClone; no display needed
        "pillow>=12.3",  # pictures; earlier ones have open security reports
        "absl-py>=2.1",  # flags and logging
        "rich>=14.1",  # progress bars; the first that shows one below another
        "matplotlib>=3.9",  # plots and contact sheets; first built for numpy 2
        "tensorboard>=2.20",  # training curves
    ],
    extras_require={
        "faces": [
            "dlib-bin>=20",  # dlib, compiled
            "face_recognition_models>=0.3",  # the file of its 68-point predictor, 100 MB
        ],
        "datasets": ["tensorflow-datasets>=4.9"],  # fetches data sets that are not on the disk
        "biharmonic": ["scikit-image>=0.25"],  # the method of that name; and the oracle of tests
        "jax": ["jax>=0.10"],  # another backend of Keras, on which networks and losses give the same
        "test": [
            "pytest>=8",
            "pytest-xdist>=3.7",  # the tests share the cores, the longest first
            "scikit-image>=0.25",
            "ruff>=0.12",
            "build>=1.2",
        ],
    },
    entry_points={
        "console_scripts": [
            f"holefill-{name} = holefill.commands.{name.replace('-', '_')}:console"
            for name in ("train", "complete", "evaluate", "export", "remove-watermark")
        ]
    },
)
