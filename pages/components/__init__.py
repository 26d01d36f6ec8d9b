"""What is drawn in the browser: a Python file with its `.js` and `.css` beside it."""
