"""A model card: what a stored network is, how it was trained, how good it is and its limits.

After Mitchell et al. 2019, "Model Cards for Model Reporting", https://arxiv.org/abs/1810.03993.
"""

from mnist_core.data.dataset import label_name
from mnist_core.errors import RecipeError
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
    """A stored network's model card as Markdown."""
    sections = (_description, _training, _evaluation, _limits, _use)
    return "\n\n".join(section(model) for section in sections) + "\n"


def _description(model: StoredModel) -> str:
    recipe, names = model.recipe, model.class_names
    classes = (
        f"which of the ten classes of {model.data_name}" if names else "which handwritten digit"
    )
    nondigit = ""
    if recipe.nondigits:
        nondigit = " It also estimates how likely the picture shows none of them."
    scaling = "The network itself divides them by 255." if recipe.scale else "They aren't scaled."
    text = (
        f"# {model.name}\n\n{recipe.title}. A small neural network that recognizes {classes} a "
        f"picture shows.{nondigit}\n\n"
        "- Input: `(n, 28, 28)` float32, images of 28x28 pixels from 0 (paper) to 255 (ink), light "
        f"on dark. {scaling}\n"
        f"- Output: `(n, {recipe.classes})` float32, {_outputs(recipe)}.\n"
        f"- Parameters: {model.card['parameters']:,}.\n"
        f"- Trained on {model.card['created'][:10]} with Keras {model.card['versions']['keras']} "
        f"and TensorFlow {model.card['versions']['tensorflow']}.\n"
        f"- SHA-256 of its .keras file: `{model.card['files']['keras']['sha256']}`"
    )
    if names:
        text += "\n\nIts classes are: " + ", ".join(_class_titles(model)) + "."
    return f"{text}\n\n## Layers\n\n{_layers(recipe)}"


def _class_titles(model: StoredModel) -> list[str]:
    return [label_name(label, model.class_names) for label in range(10)]


def _outputs(recipe: Recipe) -> str:
    if recipe.nondigits:
        return 'the probabilities of 0 to 9 and, last, of "not a digit"; they sum to 1'
    return "the probabilities of 0 to 9; they sum to 1"


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
        rows.append(f"| {traced_layer.name} | `{spec}` | {shape} | {parameters} |")
    return "\n".join(
        ["| layer | settings | output shape | parameters |", "|---|---|---|---|", *rows]
    )


def _training(model: StoredModel) -> str:
    recipe, card = model.recipe, model.card
    data = card["data"]
    origin = (
        " MNIST's digits were written by employees of the US Census Bureau and by US high-school "
        "students."
        if data["verified"]
        else ""
    )
    lines = [
        f"- Data: {data['train_images']:,} images of {data['name']} "
        f"(SHA-256 of all its arrays `{data['digest'][:12]}…`).{origin}",
        f"- {len(card['history']['loss'])} epochs, batch size {recipe.batch_size}, optimizer "
        f"{recipe.optimizer}, loss {recipe.loss}, seed {recipe.seed}.",
        f"- Training time: {card['seconds']:,.0f} s on {card['device']}.",
    ]
    if recipe.validates:
        lines.append(f"- Validated after each epoch on {_validated_on(recipe)}.")
    if recipe.augment:
        lines.append(
            f"- Augmentation `{recipe.augment}`: each image is changed at random in every epoch."
        )
    if recipe.nondigits:
        lines.append(
            f"- Pictures that aren't digits are added to each batch: {recipe.nondigits:.0%} of its "
            "size."
        )
    if recipe.handwriting:
        lines.append(
            f"- Digits of generated writers are added to each batch: {recipe.handwriting:.0%} of "
            "its size."
        )
    if card["stopped"]:
        lines.append("- **The training was stopped before its end.**")
    lines.append(f"- To train it again: `{recipe.command()}`")
    source = f"\n\nSource of the recipe: {recipe.source}." if recipe.source else ""
    return "## Training\n\n" + "\n".join(lines) + source


def _validated_on(recipe: Recipe) -> str:
    if recipe.validation == TEST_SET:
        return "the test images"
    text = f"{recipe.validation_share:.0%} of the training images"
    if recipe.validation == THREE_PARTS:
        text += f"; another {PART:.0%} were set aside"
    return text


def _evaluation(model: StoredModel) -> str:
    evaluation, recipe = model.evaluation, model.recipe
    low, high = evaluation.accuracy_interval
    titles = _class_titles(model)
    text = (
        f"## Evaluation\n\nOn the {evaluation.n:,} test images of {model.data_name}, which it was "
        f"not trained on: accuracy **{evaluation.accuracy:.2%}** (95% interval {low:.2%} to "
        f"{high:.2%}), loss {evaluation.loss:.4f}."
    )
    if recipe.published:
        text += f" The recipe's source reports {recipe.published}."
    if recipe.validation == TEST_SET:
        text += f"\n\n**{TEST_SET_WARNING}**"
    aside = model.set_aside
    if aside:
        text += (
            f"\n\nOn the {aside.n:,} training images that were set aside: accuracy "
            f"{aside.accuracy:.2%}, loss {aside.loss:.4f}."
        )
    text += "\n\n| | precision | recall | F1 | images |\n|---|---|---|---|---|\n" + "\n".join(
        f"| {titles[score.digit]} | {score.precision:.2%} | {score.recall:.2%} | {score.f1:.2%} | "
        f"{score.support:,} |"
        for score in evaluation.per_class
    )
    text += (
        "\n\nPrecision: the share of the images predicted as this class that belong to it. Recall: "
        "the share of the images of this class that are predicted as it. F1: their harmonic mean."
    )
    mistakes = sorted(
        (
            (count, titles[true], titles[predicted])
            for true, row in enumerate(evaluation.confusion_matrix)
            for predicted, count in enumerate(row)
            if count and true != predicted
        ),
        reverse=True,
    )[:MISTAKES_SHOWN]
    if mistakes:
        text += (
            "\n\nIts most frequent mistakes: "
            + "; ".join(
                f"{true} predicted as {predicted} ({count} {'time' if count == 1 else 'times'})"
                for count, true, predicted in mistakes
            )
            + "."
        )
    calibration = model.card["calibration"]
    if calibration["images"]:
        text += (
            f"\n\nThe probabilities above were calibrated on {calibration['images']:,} validation "
            f"images by temperature scaling: p^(1/{calibration['temperature']:g}), scaled to a sum "
            "of 1. The exported files give the network's own probabilities, without calibration."
        )
    else:
        text += (
            "\n\nIts probabilities were not calibrated, as no validation images were set aside for "
            "that: it may be overconfident."
        )
    return text


def _limits(model: StoredModel) -> str:
    recipe, names = model.recipe, model.class_names
    always = "- It always predicts one of its ten classes"
    if recipe.nondigits:
        always += (
            ", with an estimate of how likely the picture shows none of them. Letters and signs "
            "that look like digits can still pass as digits."
        )
    else:
        always += (
            ". It can't tell that a picture shows none of them: a letter or a scribble gets a "
            "class too, often with high confidence."
        )
    prepared = (
        f"- It recognizes one {'object' if names else 'digit'} in 28x28 pixels, prepared as the "
        "training images were"
    )
    if names:
        prepared += "."
    else:
        prepared += (
            ": light on dark, scaled to 20x20 pixels, centered by mass. Accuracy is much lower for "
            "drawings and photographs that are only scaled down to 28x28."
        )
    others = "images from other sources" if names else "other people's handwriting and other pens"
    similar = (
        "- The test images come from the same source as the training images. Accuracy is lower for "
        f"{others}"
    )
    if recipe.augment:
        similar += ", although training with augmentation helps with that"
    lines = [
        always,
        prepared,
        f"{similar}.",
        "- The test set is public and small. After many people's many tries, a difference of a few "
        "tenths of a percent means little.",
        "- It is made for learning. Don't use it for decisions that matter to anybody.",
    ]
    if not model.card["data"]["verified"] and not names:
        lines.insert(0, f"- It was not trained on MNIST but on {model.data_name}.")
    return "## Limits\n\n" + "\n".join(lines)


def _use(model: StoredModel) -> str:
    rows = "\n".join(
        f"| {export_format.title} | `{export_file_name(model, export_format)}` | "
        f"{export_format.description} |"
        for export_format in FORMATS.values()
    )
    return (
        "## Use\n\n| format | file | purpose |\n|---|---|---|\n"
        f"{rows}\n\n`python -m mnist_core export {model.name}` writes all of them, each with an "
        f"example program. Each file is checked on {CHECKED_IMAGES:,} test images: no probability "
        f"differs from the network's by more than {TOLERANCE:g}."
    )
