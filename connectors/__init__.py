"""How it arrives: a reader for each partner format (bytes in, events or rejections out) and publishing."""
