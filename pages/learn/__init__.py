"""Learn: the tutorials as courses, step by step."""
