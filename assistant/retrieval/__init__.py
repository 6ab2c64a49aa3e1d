"""Which passages fit a question: by words, by meaning, and both fused into one ranking."""
