"""DeepAE: the network, its training on CPU and GPU, and the saved model."""
