"""Training with Keras: the only package that imports TensorFlow when it is imported."""
