"""From passages to an answer: quoted or written, checked, and decided."""
