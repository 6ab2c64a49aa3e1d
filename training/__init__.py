"""How the bundled embedder and the translation table were made."""
