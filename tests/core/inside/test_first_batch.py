"""The first update of the weights: it is what `fit` does to a batch."""

import numpy as np
import pytest

from mnist_core import get_recipe
from mnist_core.data.preprocessing import one_hot
from mnist_core.data.stand_in import load_stand_in
from mnist_core.inside.first_batch import SHOWN, first_batch
from mnist_core.recipes.build import build_model
from mnist_core.training.keras_setup import keras

DATA = load_stand_in()
IMAGES, LABELS = DATA.x_train[:32], DATA.y_train[:32]


@pytest.mark.parametrize("name", ["dense_512", "simple_cnn"])
def test_the_loss_of_the_batch_falls_and_the_weights_follow_the_gradient(name):
    result = first_batch(get_recipe(name), IMAGES, LABELS)
    assert result.before.shape == result.after.shape == (32, 10)
    assert np.allclose(result.before.sum(axis=1), 1, atol=1e-5)
    expected = -np.log(result.before[np.arange(32), LABELS]).mean()
    assert result.loss_before == pytest.approx(expected, rel=1e-4)
    assert result.loss_after < result.loss_before
    assert len(result.weights) == SHOWN
    for weight in result.weights:
        assert np.sign(weight.after - weight.before) == -np.sign(weight.gradient)


def test_it_is_what_fit_does():
    recipe = get_recipe("dense_512")
    result = first_batch(recipe, IMAGES, LABELS)
    keras.utils.set_random_seed(recipe.seed)
    model = build_model(recipe)
    model.compile(optimizer=recipe.optimizer, loss=recipe.loss)
    model.fit(IMAGES.astype("float32"), one_hot(LABELS), batch_size=32, verbose=0)
    after = model.predict(IMAGES.astype("float32"), verbose=0)
    assert np.allclose(after, result.after, atol=1e-5)
    weight = result.weights[0]
    assert weight.after == pytest.approx(
        float(np.array(model.layers[-1].kernel)[weight.unit, weight.digit]), rel=1e-5
    )
