"""A second, independent verifier of Bailiwick's statements and chains.

Written from the pages of this folder, in another language, with another JSON parser and another Ed25519
than the product: what the two disagree on is a mistake in one of them or in the text. It depends on the
standard library and on `cryptography`.
"""
