"""Plotly's import is safe with several threads."""

import subprocess
import sys


def test_a_figure_is_made_while_another_thread_imports_pandas():
    code = (
        "import sys, threading\n"
        "import plotly.graph_objects\n"
        "from mnist_core.figures.evaluation_charts import confusion_figure\n"
        "assert 'pandas' not in sys.modules\n"
        "threading.Thread(target=lambda: __import__('pandas')).start()\n"
        "while 'pandas' not in sys.modules: pass\n"
        "confusion_figure([[1] * 10] * 10)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
