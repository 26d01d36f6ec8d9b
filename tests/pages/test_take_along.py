"""The sandbox and what can be taken along, without a browser: what is set, said and refused."""

import shutil
import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from mnist_core import open_model, settings
from mnist_core.inside.layer_costs import conv_layer, dense_layer
from mnist_core.models.export_formats import FORMATS
from mnist_core.models.exports import make_export, stored_export
from mnist_core.system import tensorflow_process as outside
from pages.inside.sandbox import costs_words

ROOT = Path(__file__).parents[2]


def inside(section):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.query_params["section"] = section
    at.switch_page("pages/inside/page.py").run()
    assert not at.exception
    return at


def captions(at):
    return " ".join(one.value for one in at.caption)


def slider(at, label):
    return next(one for one in at.slider if one.label == label)


def part(at, name):
    next(one for one in at.segmented_control if name in one.options).select(name).run()
    assert not at.exception


def test_the_sandbox_follows_its_settings():
    at = inside("sandbox")
    assert "(5 - 3) / 1 + 1 = 3" in captions(at)
    slider(at, "Padding").set_value(1).run()
    assert "(5 + 2·1 - 3) / 1 + 1 = 5" in captions(at)
    assert 'Keras calls this `padding="same"`' in at.info[0].value
    slider(at, "Image size").set_value(6).run()
    slider(at, "Stride").set_value(2).run()
    assert "(6 + 2·1 - 3) / 2 (rounded down) + 1 = 3" in captions(at)
    assert "left out" in at.info[0].value


def test_a_kernel_that_fits_nowhere_is_refused_in_words_and_can_be_mended():
    at = inside("sandbox")
    slider(at, "Kernel size").set_value(6).run()
    assert not at.exception
    assert "6x6 window is larger than the 5x5 input" in at.warning[0].value
    slider(at, "Padding").set_value(1).run()
    assert not at.warning
    assert "= 2" in captions(at)


def test_what_is_set_outlasts_the_page():
    at = inside("sandbox")
    slider(at, "Image size").set_value(7).run()
    next(one for one in at.selectbox if one.label == "Kernel").select("Blur").run()
    part(at, "Pooling")
    slider(at, "Window").set_value(3).run()
    at.switch_page("pages/networks/page.py").run()
    at.query_params["section"] = "sandbox"
    at.switch_page("pages/inside/page.py").run()
    assert slider(at, "Window").value == 3
    part(at, "Convolution")
    assert slider(at, "Image size").value == 7
    assert next(one for one in at.selectbox if one.label == "Kernel").value == "Blur"


def test_pooling_can_take_what_the_convolution_gives():
    at = inside("sandbox")
    slider(at, "Image size").set_value(8).run()
    part(at, "Pooling")
    assert "(4 - 2) / 2 + 1 = 2" in captions(at)
    at.radio[0].set_value("Output of the convolution").run()
    assert "(6 - 2) / 2 + 1 = 3" in captions(at)


def test_4k_is_counted_and_another_size_can_be_chosen():
    at = inside("sandbox")
    part(at, "Dense or convolution")
    shown = " ".join(block.body for block in at.get("html"))
    assert "24,883,201,000 parameters · 99.5 GB" in shown
    assert "896 parameters" in shown
    picture = next(one for one in at.selectbox if one.label == "Picture")
    picture.select("Another size").run()
    next(one for one in at.number_input if one.label == "Width").set_value(2).run()
    assert not at.exception
    assert "window is larger" in at.warning[0].value


def test_what_is_said_of_the_two_layers_is_so():
    words = costs_words(dense_layer(28, 28, 1, 1000), conv_layer(28, 28, 1, 32, 3))
    assert "**2,453 times**" in words  # 785,000 / 320


def test_a_file_is_made_checked_and_offered():
    at = inside("take")
    assert not outside._asked
    assert [one.label for one in at.button if one.label == "Create the file"]
    made = make_export(open_model("pen"), FORMATS["keras"])
    at.run()
    assert not at.exception
    words = " ".join(block.value for block in at.markdown)
    assert made.check.summary in words
    assert not [one.label for one in at.button if one.label == "Create the file"]
    at.segmented_control(key="export_choice").set_value("onnx").run()
    assert [one.label for one in at.button if one.label == "Create the file"]
    assert "onnxruntime" in at.code[0].value
    assert "python -m mnist_core export pen" in at.code[1].value
    assert stored_export(open_model("pen"), FORMATS["onnx"]) is None


def test_an_export_that_fails_is_told_and_can_be_tried_again(tmp_path, monkeypatch):
    shutil.copytree(settings.models_dir() / "dense_512", tmp_path / "models" / "dense_512")
    monkeypatch.setenv("MNIST_CORE_MODELS", str(tmp_path / "models"))
    outside.close()  # its process would know the other folder
    at = inside("take")
    open_model("dense_512").path("keras").write_bytes(b"cut")
    next(one for one in at.button if one.label == "Create the file").click().run()
    assert "Writing and checking" in " ".join(block.value for block in at.caption)
    for _, future in at.session_state["futures"].values():
        assert future.exception(120)
    at.run()
    assert "cut or altered" in at.error[0].value
    assert [one.label for one in at.button if one.label == "Create the file"]
    outside.close()


def test_neither_part_imports_what_is_slow():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "for section in ('sandbox', 'take'):\n"
        "    at.query_params['section'] = section\n"
        "    at.switch_page('pages/inside/page.py').run()\n"
        "    assert not at.exception\n"
        "assert any('Model card' in one.value for one in at.subheader)\n"
        "slow = ('tensorflow', 'keras', 'onnx', 'onnxruntime', 'tf2onnx', 'sklearn')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_training_of_a_network_as_a_program():
    at = inside("take")
    names = [button.proto.label for button in at.get("download_button")]
    assert "Notebook" in names and "Script" in names
