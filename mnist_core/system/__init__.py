"""Files, processes and work in the background: nothing here knows of digits."""
