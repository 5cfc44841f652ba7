"""Training of Pebble's two models: tokenizer, network, optimiser, data feed, and the export to GGUF."""
