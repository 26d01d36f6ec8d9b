"""From a drawing or a picture to 28x28 pixels in the form of MNIST."""
