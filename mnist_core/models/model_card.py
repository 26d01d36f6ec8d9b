"""A model card: what a stored network is, how it was trained, how good it is and its limits.

After Mitchell et al. 2019, "Model Cards for Model Reporting", https://arxiv.org/abs/1810.03993.
"""

from collections.abc import Iterable, Sequence

from mnist_core.data.dataset import label_name
from mnist_core.errors import RecipeError
from mnist_core.i18n import Sentences, Text, _, ngettext, pgettext
from mnist_core.metrics.classification import Evaluation
from mnist_core.models.export_formats import FORMATS, export_file_name
from mnist_core.models.exports import CHECKED_IMAGES
from mnist_core.models.litert import TOLERANCE
from mnist_core.models.store import StoredModel
from mnist_core.recipes.recipe import (
    OUTPUT,
    PART,
    TEST_SET,
    TEST_SET_WARNING,
    THREE_PARTS,
    Recipe,
    layer,
)
from mnist_core.recipes.trace import trace

MISTAKES_SHOWN = 5


def model_card(model: StoredModel) -> str:
    """A stored network's model card as Markdown, in the reader's language."""
    sections = (_description, _training, _evaluation, _limits, _use)
    return "\n\n".join(section(model) for section in sections) + "\n"


def _description(model: StoredModel) -> str:
    recipe, card = model.recipe, model.card
    if model.class_names:
        purpose = Text(
            "A small neural network that recognizes which of the ten classes of {data} a picture "
            "shows.",
            data=model.data_name,
        )
    else:
        purpose = Text(
            "A small neural network that recognizes which handwritten digit a picture shows."
        )
    nondigits = Text("It also estimates how likely the picture shows none of them.")
    summary = Sentences(
        Text("{title}.", title=_(recipe.title)), purpose, nondigits if recipe.nondigits else ""
    )
    pixels = Text(
        "Input: `(n, 28, 28)` float32, images of 28x28 pixels from 0 (paper) to 255 (ink), light "
        "on dark."
    )
    scaling = (
        Text("The network itself divides them by 255.")
        if recipe.scale
        else Text("They aren't scaled.")
    )
    lines = [
        Sentences(pixels, scaling),
        _output(recipe),
        Text("Parameters: {count:,}.", count=card["parameters"]),
        Text(
            "Trained on {date} with Keras {keras} and TensorFlow {tensorflow}.",
            date=card["created"][:10],
            keras=card["versions"]["keras"],
            tensorflow=card["versions"]["tensorflow"],
        ),
        Text("SHA-256 of its .keras file: `{digest}`", digest=card["files"]["keras"]["sha256"]),
    ]
    text = f"# {model.name}\n\n{_(summary)}\n\n{_list(lines)}"
    if model.class_names:
        names = _("Its classes are: {names}.", names=", ".join(_class_titles(model)))
        text += f"\n\n{names}"
    layers = _("Layers")
    return f"{text}\n\n## {layers}\n\n{_layers(recipe)}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_(line)}" for line in lines)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _class_titles(model: StoredModel) -> list[str]:
    return [label_name(label, model.class_names) for label in range(10)]


def _output(recipe: Recipe) -> str:
    if recipe.nondigits:
        return Text(
            'Output: `(n, {classes})` float32, the probabilities of 0 to 9 and, last, of "not a '
            'digit"; they sum to 1.',
            classes=recipe.classes,
        )
    return Text(
        "Output: `(n, {classes})` float32, the probabilities of 0 to 9; they sum to 1.",
        classes=recipe.classes,
    )


def _layers(recipe: Recipe) -> str:
    try:
        traced = trace(recipe)
    except RecipeError:
        traced = None
    if traced is None:
        return "\n".join(f"1. `{spec}`" for spec in recipe.layers)
    rows = []
    for traced_layer, spec in zip(traced, recipe.layers, strict=True):
        if spec == OUTPUT:
            spec = layer(spec.kind, **{**spec.settings, "units": recipe.classes})
        parameters = (
            f"{traced_layer.parameters:,} = {traced_layer.arithmetic}"
            if traced_layer.parameters
            else ""
        )
        shape = " x ".join(map(str, traced_layer.output))
        rows.append((traced_layer.name, f"`{spec}`", shape, parameters))
    columns = (_("layer"), _("settings"), _("output shape"), _("parameters"))
    return _table(columns, rows)


def _training(model: StoredModel) -> str:
    recipe, card = model.recipe, model.card
    data = card["data"]
    images = Text(
        "Data: {count:,} images of {name} (SHA-256 of all its arrays `{digest}…`).",
        count=data["train_images"],
        name=data["name"],
        digest=data["digest"][:12],
    )
    origin = Text(
        "MNIST's digits were written by employees of the US Census Bureau and by US high-school "
        "students."
    )
    lines: list[str] = [
        Sentences(images, origin if data["verified"] else ""),
        Text(
            "{epochs} epochs, batch size {batch_size}, optimizer {optimizer}, loss {loss}, seed "
            "{seed}.",
            epochs=len(card["history"]["loss"]),
            batch_size=recipe.batch_size,
            optimizer=recipe.optimizer,
            loss=recipe.loss,
            seed=recipe.seed,
        ),
        Text(
            "Training time: {seconds:,.0f} s on {device}.",
            seconds=card["seconds"],
            device=card["device"],
        ),
    ]
    if recipe.validates:
        lines.append(_validated_on(recipe))
    if recipe.augment:
        lines.append(
            Text(
                "Augmentation `{augmentation}`: each image is changed at random in every epoch.",
                augmentation=recipe.augment,
            )
        )
    if recipe.nondigits:
        lines.append(
            Text(
                "Pictures that aren't digits are added to each batch: {share:.0%} of its size.",
                share=recipe.nondigits,
            )
        )
    if recipe.handwriting:
        lines.append(
            Text(
                "Digits of generated writers are added to each batch: {share:.0%} of its size.",
                share=recipe.handwriting,
            )
        )
    if card["stopped"]:
        lines.append(Text("**The training was stopped before its end.**"))
    lines.append(Text("To train it again: `{command}`", command=recipe.command()))
    text = "## {}\n\n{}".format(_("Training"), _list(lines))
    if recipe.source:
        text += "\n\n" + _("Source of the recipe: {source}.", source=_(recipe.source))
    return text


def _validated_on(recipe: Recipe) -> str:
    if recipe.validation == TEST_SET:
        return Text("Validated after each epoch on the test images.")
    share = recipe.validation_share
    if recipe.validation == THREE_PARTS:
        return Text(
            "Validated after each epoch on {share:.0%} of the training images; another "
            "{aside:.0%} were set aside.",
            share=share,
            aside=PART,
        )
    return Text("Validated after each epoch on {share:.0%} of the training images.", share=share)


def _evaluation(model: StoredModel) -> str:
    evaluation, recipe = model.evaluation, model.recipe
    low, high = evaluation.accuracy_interval
    titles = _class_titles(model)
    result = Text(
        "On the {images:,} test images of {data}, which it was not trained on: accuracy "
        "**{accuracy:.2%}** (95% interval {low:.2%} to {high:.2%}), loss {loss:.4f}.",
        images=evaluation.n,
        data=model.data_name,
        accuracy=evaluation.accuracy,
        low=low,
        high=high,
        loss=evaluation.loss,
    )
    published = Text("The recipe's source reports {result}.", result=_(recipe.published))
    paragraphs = [_(Sentences(result, published if recipe.published else ""))]
    if recipe.validation == TEST_SET:
        paragraphs.append(f"**{_(TEST_SET_WARNING)}**")
    if aside := model.set_aside:
        paragraphs.append(
            _(
                "On the {images:,} training images that were set aside: accuracy {accuracy:.2%}, "
                "loss {loss:.4f}.",
                images=aside.n,
                accuracy=aside.accuracy,
                loss=aside.loss,
            )
        )
    paragraphs.append(
        _table(
            ("", _("precision"), _("recall"), "F1", _("images")),
            (
                (
                    titles[score.digit],
                    f"{score.precision:.2%}",
                    f"{score.recall:.2%}",
                    f"{score.f1:.2%}",
                    f"{score.support:,}",
                )
                for score in evaluation.per_class
            ),
        )
    )
    paragraphs.append(
        _(
            "Precision: the share of the images predicted as this class that belong to it. "
            "Recall: the share of the images of this class that are predicted as it. F1: their "
            "harmonic mean."
        )
    )
    if mistakes := _mistakes(evaluation, titles):
        paragraphs.append(_("Its most frequent mistakes: {mistakes}.", mistakes=mistakes))
    calibration = model.card["calibration"]
    if calibration["images"]:
        paragraphs.append(
            _(
                "The probabilities above were calibrated on {images:,} validation images by "
                "temperature scaling: p^(1/{temperature:g}), scaled to a sum of 1. The exported "
                "files give the network's own probabilities, without calibration.",
                images=calibration["images"],
                temperature=calibration["temperature"],
            )
        )
    else:
        paragraphs.append(
            _(
                "Its probabilities were not calibrated, as no validation images were set aside "
                "for that: it may be overconfident."
            )
        )
    return "## {}\n\n{}".format(_("Evaluation"), "\n\n".join(paragraphs))


def _mistakes(evaluation: Evaluation, titles: Sequence[str]) -> str:
    """The most frequent mistakes; "" without any."""
    counts = sorted(
        (
            (count, titles[true], titles[predicted])
            for true, row in enumerate(evaluation.confusion_matrix)
            for predicted, count in enumerate(row)
            if count and true != predicted
        ),
        reverse=True,
    )[:MISTAKES_SHOWN]
    return pgettext("between items", "; ").join(
        ngettext(
            "{true} predicted as {predicted} ({n} time)",
            "{true} predicted as {predicted} ({n} times)",
            count,
            true=true,
            predicted=predicted,
        )
        for count, true, predicted in counts
    )


def _limits(model: StoredModel) -> str:
    recipe, names = model.recipe, model.class_names
    if recipe.nondigits:
        always = Text(
            "It always predicts one of its ten classes, with an estimate of how likely the picture "
            "shows none of them. Letters and signs that look like digits can still pass as digits."
        )
    else:
        always = Text(
            "It always predicts one of its ten classes. It can't tell that a picture shows none of "
            "them: a letter or a scribble gets a class too, often with high confidence."
        )
    if names:
        prepared = Text(
            "It recognizes one object in 28x28 pixels, prepared as the training images were."
        )
        others = Text("Accuracy is lower for images from other sources.")
        augmented = Text(
            "Accuracy is lower for images from other sources, although training with augmentation "
            "helps with that."
        )
    else:
        prepared = Text(
            "It recognizes one digit in 28x28 pixels, prepared as the training images were: light "
            "on dark, scaled to 20x20 pixels, centered by mass. Accuracy is much lower for "
            "drawings and photographs that are only scaled down to 28x28."
        )
        others = Text("Accuracy is lower for other people's handwriting and other pens.")
        augmented = Text(
            "Accuracy is lower for other people's handwriting and other pens, although training "
            "with augmentation helps with that."
        )
    lines = [
        always,
        prepared,
        Sentences(
            Text("The test images come from the same source as the training images."),
            augmented if recipe.augment else others,
        ),
        Text(
            "The test set is public and small. After many people's many tries, a difference of a "
            "few tenths of a percent means little."
        ),
        Text("It is made for learning. Don't use it for decisions that matter to anybody."),
    ]
    if not model.card["data"]["verified"] and not names:
        other = Text("It was not trained on MNIST but on {data}.", data=model.data_name)
        lines.insert(0, other)
    return "## {}\n\n{}".format(_("Limits"), _list(lines))


def _use(model: StoredModel) -> str:
    table = _table(
        (_("format"), _("file"), _("purpose")),
        (
            (
                export_format.title,
                f"`{export_file_name(model, export_format)}`",
                _(export_format.description),
            )
            for export_format in FORMATS.values()
        ),
    )
    text = _(
        "`python -m mnist_core export {name}` writes all of them, each with an example program. "
        "Each file is checked on {images:,} test images: no probability differs from the network's "
        "by more than {tolerance:g}.",
        name=model.name,
        images=CHECKED_IMAGES,
        tolerance=TOLERANCE,
    )
    return "## {}\n\n{}\n\n{}".format(_("Use"), table, text)
