"""Measure methods side by side: the same pictures, the same holes, one report.

    evaluate [options]

The report is index.html in --output: tables with errors and intervals, results by hole area, contact sheets, plots.
The same command again does only what is missing: after a stop or a crash, or for one more method, mask or metric.
The page and the tables show what the last command asked for; other data, or other methods, asked for in the same folder
take their place, and results.jsonl keeps the figures of all.

Examples:
    evaluate --dataset shapes --methods telea,membrane --output report
    evaluate --data_dir data/celeba --masks center,left,right,half,random,pattern --output report
    evaluate --data_dir data/celeba --methods "semantic,semantic(prior=0),semantic(model='runs/faces')" --output report
    evaluate --dataset "folder(channels=1)" --data_dir scans --masks "random(fraction=0.5)" --image_size 256 \\
        --methods membrane,telea --metrics psnr,ms_ssim,vif --output report
"""

import shlex
import sys

from holefill.commands import program

OPTIONS = program.Options()
OPTIONS.group(
    "Which pictures",
    ("dataset", str, "celeba, brain_mri, folder, shapes; options: celeba(channels=1)", "celeba"),
    ("data_dir", str, "where its files are; without it $HOLEFILL_DATA and the cache are searched"),
    ("split", ["train", "validation", "test"], "which part; test is for reports", "test"),
    ("limit", 1, "the first so many; without it 200, or all where there are fewer"),
    ("image_size", 11, "side in pixels; without it the model's, or 64"),
    ("masks", str, "holes by name: center,left,right,half,random,pattern,… or random(fraction=0.8)", "center"),
)
OPTIONS.group(
    "What is compared",
    ("methods", str, "by name, with options; the first is what the others are compared to"),
    (
        "model",
        str,
        "for methods that need one: name or run folder; a method's own: semantic(model='runs/a')",
    ),
    (
        "blend",
        str,
        "how fills join the pictures: poisson, tension, overlay, seamless, glcic; its own: telea(blend='overlay')",
    ),
    ("metrics", str, "psnr,ssim,ms_ssim,vif,l1,hole_psnr,…; without it all that are for such pictures"),
    ("inception", str, "network for FID and KID: a .keras file or SavedModel that gives pooled features"),
    ("seed", program.SEEDS, "of the holes and of the methods"),
    ("batch_size", 1, "pictures filled together"),
)
OPTIONS.group(
    "What is written",
    ("output", str, "folder of the report: new, empty, or of an earlier one, which is gone on with", "report"),
    ("shown", 1, "pictures on the contact sheets: the first so many"),
    ("logdir", str, "folder for TensorBoard: a run for each mask and method, with hparams"),
)
OPTIONS.shown.update(methods="semantic@encoder,telea,membrane", blend="poisson", seed=0)
OPTIONS.shown.update(batch_size=20, shown=12)


def main():
    """Evaluate; the page goes to stdout, and a line for each method that could not be judged to stderr."""
    asked = OPTIONS.given(*(name for title, names in OPTIONS.groups.items() if title != "Other" for name in names))
    from holefill import methods, processor
    from holefill.evaluation import request, run  # once the flags are read: --help need not wait for it

    if any(methods.searches(spec) for spec in request.compared(OPTIONS.methods or OPTIONS.shown["methods"])):
        processor.one_core_an_operation()
    page, failures = run.evaluate(command=shlex.join(["bin/evaluate", *sys.argv[1:]]), **asked)
    for line in failures:
        program.warn(line)
    program.say(str(page))
    return 1 if failures else 0


def console():
    """Entry point of `holefill-evaluate`."""
    program.run(main, OPTIONS, __doc__, words=(0, 0))


if __name__ == "__main__":
    console()
