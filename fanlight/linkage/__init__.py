"""Identity on anybody's files: read them, resolve them as the bus would, and say how well that went.

`docs/identity.md` holds the contract of the files and the definition of every figure. Nothing here needs a stack.
"""
