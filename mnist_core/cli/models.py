"""Commands about trained networks: `models`, `evaluate`, `export`, `predict`."""

import argparse
import dataclasses
import math
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from mnist_core import settings
from mnist_core.cli.data import data_option, load_shown, named_data, stand_in_notes
from mnist_core.cli.terminal import (
    Json,
    Result,
    command,
    option,
    percent,
    print_table,
    progress_bar,
)
from mnist_core.cli.training import change_options, changed_recipe, summary
from mnist_core.data.dataset import label_name
from mnist_core.data.release import MNIST
from mnist_core.drawing.normalize import REASONS, load_picture, prepare_drawing
from mnist_core.errors import DrawingError, MnistCoreError, ModelError, RecipeError, RunError
from mnist_core.i18n import Text, _
from mnist_core.models.export_formats import FORMATS, ExportFormat, export_file_name
from mnist_core.models.exports import check_export, export_network, load_check_data
from mnist_core.models.html_page import HTML, html_file_name, html_page
from mnist_core.models.litert import TOLERANCE
from mnist_core.models.model_card import model_card
from mnist_core.models.snippets import snippet, snippet_file_name
from mnist_core.models.store import StoredModel, list_models, open_model
from mnist_core.recipes.recipe import Recipe
from mnist_core.recipes.saved import get_recipe
from mnist_core.system.files import write_file
from mnist_core.system.quiet import quiet_stderr


@command("models", Text("List the trained models"))
def models(options: argparse.Namespace) -> Result:
    """List the trained models."""
    stored, errors = list_models()
    answer: Json = {
        "models": [summary(model) for model in stored],
        "errors": [e.args[0] for e in errors],
    }
    return answer, _show_models, 0


def _show_models(answer: Json) -> None:
    rows = [
        [
            model["model"],
            model["data"],
            percent(model["accuracy"]),
            "{:.2f}–{:.2f}".format(*(100 * share for share in model["accuracy_interval"])),
            f"{model['parameters']:,}",
            _(model["published"] or "–"),
        ]
        for model in answer["models"]
    ]
    print_table(
        [_("model"), _("data"), _("test"), _("95% interval"), _("parameters"), _("published")], rows
    )
    for error in answer["errors"]:
        print(_(error), file=sys.stderr)


@command(
    "evaluate",
    Text("Evaluate a trained model on the test images"),
    option("model", metavar="MODEL"),
    data_option(Text("its test images (default: of the data that the model learned from)")),
)
def evaluate(options: argparse.Namespace) -> Result:
    """Evaluate a trained model on the test images."""
    from mnist_core.data.collection import is_imported
    from mnist_core.metrics.classification import evaluate_probabilities
    from mnist_core.models.recognizer import Recognizer

    with quiet_stderr():
        recognizer = Recognizer.load(options.model)
    model = recognizer.model
    own = model.dataset() if not options.data and is_imported(model.data_name) else None
    dataset = own or named_data(options.data) or load_shown(train=False)
    with progress_bar(_("Evaluating {name}", name=options.model)) as update:
        parts = np.array_split(dataset.x_test, 20)
        answers = []
        for count, part in enumerate(parts, 1):
            answers.append(recognizer.predict(part))
            update(count / len(parts))
    evaluation = evaluate_probabilities(np.concatenate(answers), dataset.y_test)
    notes = [] if is_imported(dataset.name) else [*dataset.notes, *stand_in_notes(dataset)]
    if model.data_name != dataset.name:
        notes.append(
            Text(
                "{name} learned from {own}, not from {data}.",
                name=model.name,
                own=model.data_name,
                data=dataset.name,
            )
        )
    answer = {
        "model": options.model,
        "data": dataset.name,
        "class_names": list(dataset.class_names),
        **evaluation.to_dict(),
        "notes": notes,
    }
    return answer, _show_evaluation, 0


def _show_evaluation(answer: Json) -> None:
    low, high = answer["accuracy_interval"]
    print(
        _(
            "{model} on the {n:,} test images of {data}: accuracy {accuracy} (95% interval {low} "
            "to {high}), loss {loss:.4f}",
            model=answer["model"],
            n=answer["n"],
            data=answer["data"],
            accuracy=percent(answer["accuracy"]),
            low=percent(low),
            high=percent(high),
            loss=answer["loss"],
        )
    )
    rows = [
        [
            label_name(row["digit"], answer["class_names"]),
            *(percent(row[key]) for key in ("precision", "recall", "f1")),
            str(row["support"]),
        ]
        for row in answer["per_class"]
    ]
    print_table([_("digit"), _("precision"), _("recall"), "F1", _("images")], rows)
    print(_("Confusion: rows are true, columns are predicted."))
    print_table(
        ["", *map(str, range(10))],
        [[str(digit), *map(str, row)] for digit, row in enumerate(answer["confusion_matrix"])],
    )
    for note in answer["notes"]:
        print(_(note))


@command(
    "export",
    Text("Export a trained network for other programs, with a model card"),
    option("model", metavar="MODEL", help=Text("a trained model, or a training run")),
    option(
        "--format",
        action="append",
        choices=[*FORMATS, HTML],
        dest="formats",
        help=Text(
            "may be repeated (default: all but {html}, a page to draw on that needs no server)",
            html=HTML,
        ),
    ),
    option("--output", type=Path, default=Path(), metavar="FOLDER", help=Text("default: here")),
)
def export(options: argparse.Namespace) -> Result:
    """Export a trained network for other programs, with a model card."""
    model, home = _stored(options.model), options.output
    names = list(options.formats or FORMATS)
    written: list[Json] = []
    if HTML in names:
        written.append(_write_html_page(model, home))
    forms = list(dict.fromkeys(FORMATS[name] for name in names if name != HTML))
    if forms:
        written += _write_formats(model, home, forms)
    card = home / f"{model.name}-card.md"
    _write(card, model_card(model).encode())
    answer = {"model": model.name, "tolerance": TOLERANCE, "files": written, "card": str(card)}
    return answer, _show_export, 0


def _write_html_page(model: StoredModel, home: Path) -> Json:
    path, content = home / html_file_name(model), html_page(model).encode()
    _write(path, content)
    words = Text(
        "Open it in a browser and draw; it works without a server and without the internet."
    )
    return {"format": HTML, "path": str(path), "bytes": len(content), "words": words}


def _write_formats(model: StoredModel, home: Path, forms: list[ExportFormat]) -> list[Json]:
    """Write a checked file and an example program for each format."""
    dataset = load_check_data(model)
    written: list[Json] = []
    with progress_bar(_("Exporting {name}", name=model.name)) as update:
        for form in forms:
            update(len(written) / len(forms), _(form.title))
            content = export_network(model, form)
            check = check_export(model, form, content, dataset)
            path, program = (
                home / export_file_name(model, form),
                home / snippet_file_name(model, form),
            )
            _write(path, content)
            _write(program, snippet(model, form).encode())
            written.append(
                {
                    "format": form.name,
                    "path": str(path),
                    "bytes": len(content),
                    "example": str(program),
                    "images": check.images,
                    "data": check.data,
                    "difference": check.max_difference,
                    "same": check.agreements,
                    "words": check.summary,
                }
            )
    return written


def _show_export(answer: Json) -> None:
    for file in answer["files"]:
        print(
            _(
                "{path} ({n:,} bytes). {words}",
                path=file["path"],
                n=file["bytes"],
                words=file["words"],
            )
        )
        if "example" in file:
            program = file["example"]
            print(_("  To read a picture with it: python {program} picture.png", program=program))
    print(
        _("{path} says what it is, what it was trained on and how good it is.", path=answer["card"])
    )


@command(
    "notebook",
    Text("Write a training as a Jupyter notebook in plain Keras"),
    option("name", metavar="NAME", help=Text("a recipe, a trained model or a training run")),
    change_options,
    option("--script", action="store_true", help=Text("a Python script instead")),
    option(
        "--output", type=Path, metavar="FILE", help=Text("default: NAME.ipynb or NAME.py, here")
    ),
)
def notebook(options: argparse.Namespace) -> Result:
    """Write a training as a Jupyter notebook in plain Keras."""
    from mnist_core.recipes import cells as forms
    from mnist_core.recipes.program import cells

    recipe, data_name, class_names = _training_of(options.name)
    program = cells(changed_recipe(recipe, options), data_name, class_names)
    path = options.output or Path(f"{options.name}.{'py' if options.script else 'ipynb'}")
    content = forms.script(program) if options.script else forms.notebook(program)
    _write(path, content.encode())
    answer: Json = {"name": options.name, "path": str(path), "cells": len(program)}
    start = "python" if options.script else "jupyter lab"
    words = _("{path}. Run it: {start} {path}", path=answer["path"], start=start)
    return answer, lambda answer: print(words), 0


def _training_of(name: str) -> tuple[Recipe, str, tuple[str, ...]]:
    """(recipe, the data it learns from, its class names) of a recipe, a model or a run."""
    from mnist_core.runs.runs import open_run

    try:
        return get_recipe(name), MNIST.name, ()
    except RecipeError as error:
        for find in (open_model, open_run):
            with suppress(MnistCoreError):
                training = find(name)
                return training.recipe, training.data_name, training.class_names
        raise RecipeError(
            Text(
                "There is no recipe, model or run {name!r}. `python -m mnist_core recipes`, "
                "`models` and `runs` list them.",
                name=name,
            )
        ) from error


def _stored(name: str) -> StoredModel:
    """A trained model, or that of a training run."""
    try:
        return open_model(name)
    except ModelError as error:
        from mnist_core.runs.runs import STATE_NAMES, open_run

        try:
            run = open_run(name)
        except MnistCoreError:
            raise error from None
        model = run.model()
        if model is None:
            raise RunError(
                Text(
                    "{name} is {state} and has no trained network yet.",
                    name=run.name,
                    state=STATE_NAMES[run.state],
                )
            ) from None
        return dataclasses.replace(model, name=run.id)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content, durable=False)
    except OSError as error:
        raise ModelError(
            Text(
                "{path} can't be written ({reason}). Choose another folder with --output.",
                path=str(path),
                reason=error.strerror,
            )
        ) from error


@command(
    "predict",
    Text("Recognize the digit or number in each picture"),
    option("images", nargs="+", metavar="IMAGE", help=Text("a file, any size, any ink")),
    option("--model", metavar="MODEL", help=Text("default: {name}", name=settings.DEFAULT_MODEL)),
)
def predict(options: argparse.Namespace) -> Result:
    """Recognize the digit or number in each picture."""
    from mnist_core.models.recognizer import Recognizer

    with quiet_stderr():
        recognizer = Recognizer.load(options.model)
    predictions: list[Json] = []
    unreadable = 0
    for path in options.images:
        try:
            drawing = recognizer.with_polarity(prepare_drawing(load_picture(Path(path))))
            recognition, reading = recognizer.recognize(drawing), recognizer.read(drawing)
            predictions.append(
                {
                    "path": path,
                    "digit": recognition.digit,
                    "confidence": recognition.confidence,
                    "probabilities": recognition.probabilities.tolist(),
                    "reason": recognition.reason,
                    "number": reading.text,
                    "pieces": [
                        {
                            "box": list(box),
                            "digit": piece.digit,
                            "confidence": piece.confidence,
                            "reason": piece.reason,
                        }
                        for box, piece in reading.pieces
                    ],
                }
            )
        except DrawingError as error:
            unreadable += 1
            predictions.append(
                {
                    "path": path,
                    "digit": None,
                    "confidence": 0.0,
                    "probabilities": [0.0] * 10,
                    "reason": error.args[0],
                    "number": "",
                    "pieces": [],
                }
            )

    def show(answer: Json) -> None:
        rows = []
        for piece in answer["predictions"]:
            sure = math.prod(p["confidence"] for p in piece["pieces"] if p["digit"] is not None)
            reason = piece["reason"]
            words = "" if piece["number"] or not reason else _(REASONS.get(reason, reason))
            share = percent(sure) if piece["number"] else "–"
            rows.append([piece["path"], piece["number"] or "–", share, words])
        print_table([_("picture"), _("read as"), _("confidence"), ""], rows)

    return {"model": recognizer.name, "predictions": predictions}, show, int(unreadable > 0)
