"""How it arrives: one file per partner format (bytes in, events or rejections out) and publishing."""
