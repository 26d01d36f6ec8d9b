"""The command `labels`: labels that are likely wrong."""

import argparse
import time
from typing import TYPE_CHECKING

from mnist_core.cli.data import data_option, load_shown, named_data
from mnist_core.cli.terminal import (
    Json,
    Result,
    command,
    option,
    percent,
    print_table,
    progress_bar,
    stop_on_ctrl_c,
)
from mnist_core.cli.training import change_options, recipe_and_data
from mnist_core.data.dataset import label_name
from mnist_core.errors import ModelError, TaskError
from mnist_core.i18n import Text, _
from mnist_core.models.store import list_models, open_model
from mnist_core.studies.study import FOLDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mnist_core.review.confident_learning import LabelErrors


@command(
    "labels",
    Text("Find labels that are likely wrong"),
    option(
        "models",
        nargs="*",
        metavar="MODEL",
        help=Text(
            "models whose predictions on the test images are used (default: all models trained on "
            "the data)"
        ),
    ),
    option(
        "--crossval",
        metavar="RECIPE",
        dest="recipe",
        help=Text(
            "check the training labels instead, by cross-validating this recipe in a background "
            "process"
        ),
    ),
    option(
        "--folds", type=int, default=FOLDS, metavar="K", help=Text("of it (default: {n})", n=FOLDS)
    ),
    option(
        "--background", action="store_true", help=Text("start the cross-validation and don't wait")
    ),
    option(
        "--most", type=int, default=20, metavar="N", help=Text("of each list, 0: all (default: 20)")
    ),
    data_option(Text("data that was brought in (default: MNIST)")),
    change_options,
)
def labels(options: argparse.Namespace) -> Result:
    """Find labels that are likely wrong."""
    if options.recipe:
        return _training_labels(options)
    from mnist_core.review.confident_learning import find_agreement, find_label_errors
    from mnist_core.review.confirmed_errors import describe_votes
    from mnist_core.review.label_errors import model_probabilities

    dataset = named_data(options.data) or load_shown(train=False)
    models = [open_model(name) for name in options.models] or [
        model for model in list_models()[0] if model.data_name == dataset.name
    ]
    if not models:
        raise ModelError(
            Text(
                "No trained model learned from {data}. `python -m mnist_core train RECIPE` trains "
                "one.",
                data=dataset.name,
            )
        )
    for model in models:
        if model.data_name != dataset.name or model.evaluation.n != len(dataset.y_test):
            raise ModelError(
                Text(
                    "{name} was tested on {n:,} images of {own}, not on the {other_n:,} of {data}; "
                    "--data NAME names its data.",
                    name=model.name,
                    n=model.evaluation.n,
                    own=model.data_name,
                    other_n=len(dataset.y_test),
                    data=dataset.name,
                )
            )
    given = dataset.y_test
    findings = [find_label_errors(given, model_probabilities(model)) for model in models]
    answer: Json = {
        "data": dataset.name,
        "split": "test",
        "class_names": list(dataset.class_names),
        "n": len(given),
        "findings": [
            _finding(model.name, errors, given, options.most, dataset.verified)
            for model, errors in zip(models, findings, strict=True)
        ],
        "together": [
            {
                "image": errors.row,
                "label": int(given[errors.row]),
                "networks": errors.networks,
                "read_as": errors.proposed,
                **({"people": describe_votes(errors.row)} if dataset.verified else {}),
            }
            for errors in (find_agreement(findings) if len(findings) > 1 else [])
        ],
    }
    return answer, _show_labels, 0


def _training_labels(options: argparse.Namespace) -> Result:
    from mnist_core.review.confident_learning import label_errors_from_arrays
    from mnist_core.review.label_errors import (
        crossval_errors_folder,
        start_crossval_errors,
        stop_crossval_errors,
    )
    from mnist_core.system.computations import read_computation

    recipe, dataset = recipe_and_data(options)
    folder = crossval_errors_folder(recipe, dataset, options.folds)
    start_crossval_errors(recipe, dataset, options.folds)
    answer: Json = {
        "data": dataset.name,
        "split": "train",
        "class_names": list(dataset.class_names),
        "n": len(dataset.y_train[: recipe.train_images]),
        "findings": [],
        "together": [],
        "working": True,
        "share": 0.0,
    }
    state = read_computation(folder)
    note = _("Stopping after this batch; the folds that are done are kept.")
    if not options.background:
        with (
            stop_on_ctrl_c(note) as should_stop,
            progress_bar(_("Cross-validating {name}", name=recipe.name)) as bar,
        ):
            while (state := read_computation(folder)).working:
                bar(state.share, _(state.words))
                if should_stop():
                    stop_crossval_errors(folder)
                time.sleep(0.5)
        if not state.finished:
            raise TaskError(
                state.message
                or Text(
                    "The process ended before it was done; the folds that are done are kept. The "
                    "same command goes on."
                )
            )
    answer |= {"working": state.working, "share": state.share}
    if state.finished:
        labels, errors = (
            dataset.y_train[: recipe.train_images],
            label_errors_from_arrays(state.arrays),
        )
        answer["findings"] = [_finding(recipe.name, errors, labels, options.most, False)]
    return answer, _show_labels, 0


def _finding(
    by: str, errors: "LabelErrors", labels: "NDArray[np.uint8]", most: int, confirmed: bool
) -> Json:
    from mnist_core.review.confident_learning import label_errors_table
    from mnist_core.review.confirmed_errors import CONFIRMED_ERRORS

    lists = {name: getattr(errors, name) for name in ("likely", "misread", "ambiguous")}
    answer: Json = {"by": by, "counts": {name: len(rows) for name, rows in lists.items()}}
    if confirmed:
        answer["confirmed"] = {
            name: sum(int(row) in CONFIRMED_ERRORS for row in rows) for name, rows in lists.items()
        }
    for name, rows in lists.items():
        answer[name] = label_errors_table(errors, rows[: most or None], labels, confirmed)
    return answer


def _show_labels(answer: Json) -> None:
    names = answer["class_names"]
    size = {"n": answer["n"], "data": answer["data"]}
    if answer["split"] == "train":
        print(_("Labels of the {n:,} training images of {data}.", **size))
    else:
        print(_("Labels of the {n:,} test images of {data}.", **size))
    for finding in answer["findings"]:
        counts = finding["counts"]
        by_people = finding.get("confirmed", {})
        numbers = {"by": finding["by"], **counts}
        if by_people:
            print(
                _(
                    "{by}: {likely:,} likely wrong ({confirmed} of them confirmed by people), "
                    "{misread:,} others read otherwise, {ambiguous:,} between two classes.",
                    **numbers,
                    confirmed=by_people["likely"],
                )
            )
        else:
            print(
                _(
                    "{by}: {likely:,} likely wrong, {misread:,} others read otherwise, "
                    "{ambiguous:,} between two classes.",
                    **numbers,
                )
            )
        if finding["likely"] and not answer["together"]:
            head = [
                _("image"),
                _("label"),
                _("read as"),
                _("confidence"),
                _("label's"),
                _("people"),
            ]
            print_table(
                head[: 6 if by_people else 5],
                [
                    [
                        str(image["image"]),
                        label_name(image["label"], names),
                        label_name(image["read_as"], names),
                        percent(image["confidence"]),
                        percent(image["label_probability"]),
                        *([image["people"]] if by_people else []),
                    ]
                    for image in finding["likely"]
                ],
            )
    if answer["together"]:
        count = len(answer["together"])
        print(_("{n} are likely wrong to two networks or more:", n=count))
        print_table(
            [_("image"), _("label"), _("read as"), _("networks"), _("people")],
            [
                [
                    str(image["image"]),
                    label_name(image["label"], names),
                    label_name(image["read_as"], names),
                    str(image["networks"]),
                    image.get("people", ""),
                ]
                for image in answer["together"]
            ],
        )
    if answer.get("working"):
        print(_("A process works on it. The same command shows how far it is, and what it found."))
