"""Training of the auto-encoder: the network, a loop for the CPU, a batched one for the GPU. All of it needs torch."""
