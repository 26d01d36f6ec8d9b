"""Runs programs that are given in steps, and says what each step printed and each `fit` was asked.

    python run_steps.py DATA.npz < programs.json > result.json

A program is a list of snippets, run one after the other in one namespace. Two things differ from
typing them: MNIST comes from a file (Keras only takes one that has the bytes of its own download),
and every training and evaluation is cut to a few steps.
"""

import contextlib
import io
import json
import sys
import traceback

import keras
import numpy as np
import plotly.basedatatypes

STEPS = 3
FIT, EVALUATE = keras.Model.fit, keras.Model.evaluate


def load_data():
    with np.load(sys.argv[1]) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def describe(layer):
    config = layer.get_config()
    activation = config.get("activation")
    return {
        "kind": type(layer).__name__,
        "output": list(layer.output.shape[1:]),
        "parameters": layer.count_params(),
        "activation": None if activation == "linear" else activation,
        "rate": config.get("rate"),
    }


def evaluate(model, x, y, **settings):
    n = STEPS * 32
    return EVALUATE(model, x[:n], y[:n], **settings)


def run(snippets):
    trainings, outputs = [], []

    def fit(model, x, y, epochs=1, batch_size=32, validation_data=None, **settings):
        trainings.append(
            {
                "images": len(x),
                "largest_pixel": float(x.max()),
                "layers": [describe(layer) for layer in model.layers],
                "loss": model.loss,
                "optimizer": type(model.optimizer).__name__.lower(),
                "epochs": epochs,
                "batch_size": batch_size,
                "validation_split": settings.get("validation_split", 0.0),
            }
        )
        n = STEPS * batch_size
        if validation_data:
            settings["validation_data"] = [part[:n] for part in validation_data]
        return FIT(model, x[:n], y[:n], batch_size=batch_size, **settings)

    keras.Model.fit = fit
    namespace = {"__name__": "__main__"}
    try:
        for code in snippets:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(code, "<step>", "exec"), namespace)
            outputs.append(printed.getvalue())
    except Exception:
        return {"error": f"{code}\n{traceback.format_exc()}"}
    return {"error": "", "outputs": outputs, "trainings": trainings}


if __name__ == "__main__":
    keras.datasets.mnist.load_data = load_data
    keras.Model.evaluate = evaluate
    plotly.basedatatypes.BaseFigure.show = lambda figure: figure.to_json()  # opens no browser
    json.dump([run(program) for program in json.load(sys.stdin)], sys.stdout)
