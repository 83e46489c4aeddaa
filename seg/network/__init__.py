"""What is learned: the network, its weights, and the machine it runs on."""
