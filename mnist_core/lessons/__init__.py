"""The five tutorials as courses: short steps with the code that does them."""
